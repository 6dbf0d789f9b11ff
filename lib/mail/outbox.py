"""Every statement that changes mails. A mail is queued in the transaction of what it speaks of, and sent by a job.

A job claims a mail in a transaction of its own, sends it, and marks it sent. If it dies in between, the mail is sent again
with the same Message-ID: that is the only way to a duplicate.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from lib import db
from lib.db import Column, Transaction

Kind = Literal[
    "VERIFICATION",
    "PASSWORD_RESET",
    "PASSWORD_CHANGED",
    "ORDER_ISSUED",
    "PAYMENT_RECEIVED",
    "REFUND_COMPLETED",
    "BOOKING_CONFIRMED",
    "BOOKING_CHANGED",
    "BOOKING_CANCELLED",
    "CASHBACK_CREDITED",
    "ADDRESS_REMOVED",
    "ADDRESS_GIVEN",
]
CodeKind = Literal["VERIFICATION", "PASSWORD_RESET"]
Language = Literal["ar", "en"]

# Longer than any run, so that no second job sends what a first one is sending.
CLAIMED_MINUTES = 5
# The wait doubles from a minute: the last of so many attempts is made a day and a half after the first.
MOST_ATTEMPTS = 12
# After so long nobody wants to be told: a server that was away, or that nobody had set, sends no heap of old news.
OLD_DAYS = 3
_BURIED_AT_ONCE = 1_000
_LONGEST_ERROR = 500

REMOVE_STALE = """
    with removed as (
        delete from mails where id in (select id from stale_mails limit :batch::integer for update skip locked) returning 1
    )
    select count(*) from removed
"""


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail to a user about something that happened. `key`: what happened, which is told once.

    `booking_id`: the booking that it is about. One that says that a booking is confirmed is queued only if it is.
    `recipient`: an address that they have no longer; by default theirs.
    """

    user_id: UUID
    kind: Kind
    key: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    booking_id: UUID | None = None
    recipient: str | None = None


@dataclass(frozen=True, kw_only=True)
class QueuedMail:
    """A mail that a job has claimed. `language` is None where nobody has its address; `code_id`: of the code in it."""

    id: UUID
    kind: Kind
    recipient: str
    language: Language | None
    parameters: Annotated[str, Column("parameters::text")]
    created_at: datetime
    attempts: int
    code_id: Annotated[UUID | None, Column("(parameters ->> 'code_id')::uuid")]


def queue_mails(tx: Transaction, mails: Sequence[Mail]) -> None:
    """Queue these mails to their users, in their languages. One whose key was queued before, or of a closed account, is not.

    It is one statement for all of them, and none for none. Names stand in mails to verified addresses alone: else anybody
    could send words of their own to anybody's address.
    """
    if not mails:
        return
    tx.send(
        """
        insert into mails (user_id, kind, recipient, language, parameters, dedup_key)
        select u.id, given.kind, coalesce(given.recipient, u.email), u.language,
               given.parameters
               || case when u.email_verified then jsonb_build_object('first_name', u.first_name) else '{}' end
               || case when b.id is null then '{}' else jsonb_build_object(
                      'booking_number', b.booking_number,
                      'title_ar', coalesce(nullif(b.title_ar, ''), nullif(b.title_en, ''), b.booking_number),
                      'title_en', coalesce(nullif(b.title_en, ''), nullif(b.title_ar, ''), b.booking_number)) end,
               given.key
        from jsonb_to_recordset(:mails::jsonb)
             as given(user_id uuid, kind text, key text, parameters jsonb, booking_id uuid, recipient text)
        join users u on u.id = given.user_id and u.is_active
        left join bookings b on b.id = given.booking_id
        where given.kind <> 'BOOKING_CONFIRMED' or b.status = 'CONFIRMED'
        on conflict do nothing
        """,
        mails=json.dumps([vars(mail) for mail in mails], default=str),
    )


def queue_code(tx: Transaction, kind: CodeKind, address: str, code_id: UUID) -> None:
    """Queue a mail with a code to an address. Whether anybody has it is found out when it is sent, and not before."""
    tx.run(
        """
        insert into mails (kind, recipient, parameters, dedup_key)
        values (:kind, :address, jsonb_build_object('code_id', :code_id::uuid), 'code:' || :code_id::uuid::text)
        """,
        kind=kind,
        address=address,
        code_id=code_id,
    )


@db.in_transaction
def claim(tx: Transaction) -> UUID | None:
    """Claim the mail that has been due longest, for CLAIMED_MINUTES; None if none is due. One claim is one attempt."""
    return tx.first_value(
        UUID,
        """
        update mails set attempts = attempts + 1, due_at = now() + make_interval(mins => :minutes::integer)
        where id = (select id from mails where status = 'PENDING' and due_at <= now() and attempts < :most::integer
                    order by due_at limit 1 for update skip locked)
        returning id
        """,
        minutes=CLAIMED_MINUTES,
        most=MOST_ATTEMPTS,
    )


def read_claimed(mail_id: UUID) -> QueuedMail | None:
    """A claimed mail; None if its account was closed since. One with a code has the language of the account that it is for.

    It has none if nobody has that address, if it is verified already, or if the code has expired or was replaced.
    """
    return db.read.first(
        QueuedMail,
        """
        select :row from (
            select m.id, m.kind, m.parameters, m.created_at, m.attempts, coalesce(u.email, m.recipient) as recipient,
                   coalesce(m.language, u.language) as language
            from mails m
            left join account_codes c on c.id = (m.parameters ->> 'code_id')::uuid and c.expires_at > now()
            left join users u on lower(u.email) = c.address and u.is_active
                                 and not (m.kind = 'VERIFICATION' and u.email_verified)
            where m.id = :id
        ) as mails
        """,
        id=mail_id,
    )


@db.in_transaction
def mark_sent(tx: Transaction, mail_id: UUID) -> None:
    """PENDING → SENT."""
    tx.run(
        "update mails set status = 'SENT', ended_at = now(), last_error = null where id = :id and status = 'PENDING'",
        id=mail_id,
    )


@db.in_transaction
def put_off(tx: Transaction, mail_id: UUID, error: str, *, is_final: bool) -> bool:
    """Try a mail again later, each time after twice as long; DEAD if `is_final` or after its last attempt.

    Returns whether it is dead.
    """
    status = tx.first_value(
        str,
        """
        update mails set last_error = :error, due_at = now() + make_interval(mins => power(2, attempts - 1)::integer),
               status = case when :is_final::boolean or attempts >= :most::integer then 'DEAD' else status end,
               ended_at = case when :is_final::boolean or attempts >= :most::integer then now() end
        where id = :id and status = 'PENDING' returning status
        """,
        id=mail_id,
        error=error[:_LONGEST_ERROR],
        is_final=is_final,
        most=MOST_ATTEMPTS,
    )
    return status == "DEAD"


@db.in_transaction
def bury(tx: Transaction) -> list[UUID]:
    """PENDING → DEAD for mails whose last attempt ended the job itself, and for old news; their ids."""
    return tx.column(
        UUID,
        """
        update mails set status = 'DEAD', ended_at = now(), last_error = coalesce(last_error, 'no attempt came to an end')
        where id in (
            select id from mails
            where status = 'PENDING' and due_at <= now()
              and (attempts >= :most_attempts::integer or created_at < now() - make_interval(days => :days::integer))
            order by due_at limit :most::integer for update skip locked
        )
        returning id
        """,
        most_attempts=MOST_ATTEMPTS,
        days=OLD_DAYS,
        most=_BURIED_AT_ONCE,
    )


@db.in_transaction
def drop(tx: Transaction, mail_id: UUID) -> None:
    """Remove a mail that nobody is to get."""
    tx.run("delete from mails where id = :id", id=mail_id)


def remove_mails_of(tx: Transaction, user_id: UUID, email: str) -> None:
    """Remove all mails to a user, whatever their state, because their account is being closed."""
    tx.run(
        "delete from mails where user_id = :user_id or user_id is null and lower(recipient) = lower(:email)",
        user_id=user_id,
        email=email,
    )
