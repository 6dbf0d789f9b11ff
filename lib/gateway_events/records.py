"""Every statement that changes the webhook log, the outcomes of webhooks, and the list of webhooks to retry."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lib.db import Transaction
from lib.fawaterk.events import Event
from lib.outcomes import Outcome

# The delay before an event is due again if the gateway was silent: so many seconds more after each try, up to the longest.
RETRY_SECONDS = 60
LONGEST_RETRY_SECONDS = 3600
# If the gateway did answer, and the event is not finished all the same, the delay doubles with each try, up to a day.
LONGEST_ODD_RETRY_SECONDS = 86_400
# After so many such tries the delay has reached a day, and a person has to look; jobs go on trying once a day.
MOST_ODD_ANSWERS = 12
# An event with fewer such answers is also tried before it is due.
_FEW_ODD_ANSWERS = 3


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A webhook that was turned away. `sender`: where it came from; `kept`: what of its text is kept beside its digest."""

    digest: str
    outcome: str
    detail: str
    sender: str
    kept: str | None


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """How many within a minute: of one sender, and of all of them together."""

    of_one: int
    of_all: int


def insert_event(tx: Transaction, event: Event) -> UUID:
    """Insert a genuine event into the log and the list of webhooks to retry. If this instance dies, a job processes it."""
    return tx.value(
        UUID,
        """
        with stored as (
            insert into webhook_events (digest, hash_held, kind, shape, encoding, invoice_id, invoice_key, reference, body)
            values (:digest, :signature_valid, :kind, :shape, :encoding, :invoice_id, :invoice_key, :reference, :body::jsonb)
            returning id, received_at
        )
        insert into webhook_retries (event_id, event_received_at, due_at)
        select id, received_at, now() + interval '1 minute' from stored returning event_id
        """,
        digest=event.digest,
        signature_valid=bool(event.given_hashes),
        kind=event.kind,
        shape=event.shape,
        encoding=event.encoding,
        invoice_id=event.invoice_id,
        invoice_key=event.invoice_key,
        reference=event.reference,
        body=json.dumps(event.body, default=str),
    )


def insert_repeats(tx: Transaction, event_ids: Sequence[UUID]) -> None:
    """Log that these events came once more, each as often as it is named, with the newest outcome of the first one."""
    tx.run(
        """
        with repeat as materialized (
            select gen_random_uuid() as new_id, now() as new_at, event.*, newest.outcome, newest.detail, newest.payment_id
            from unnest(:event_ids::uuid[]) repeated (event_id)
            join webhook_events event on event.id = repeated.event_id
            join lateral (select outcome, detail, payment_id from webhook_outcomes
                          where event_id = event.id and event_received_at = event.received_at
                          order by at desc limit 1) newest on true
        ), stored as (
            insert into webhook_events (id, received_at, digest, hash_held, kind, shape, encoding, invoice_id, invoice_key,
                                        reference, body)
            select new_id, new_at, digest, hash_held, kind, shape, encoding, invoice_id, invoice_key, reference, body
            from repeat
        )
        insert into webhook_outcomes (event_id, event_received_at, outcome, detail, payment_id)
        select new_id, new_at, outcome, detail, payment_id from repeat
        """,
        event_ids=[str(event_id) for event_id in event_ids],
    )


def insert_rejected(tx: Transaction, rejected: Rejected, *, most: Allowance, most_kept: Allowance) -> None:
    """Log the digest of a body that was not stored, at most once an hour, as far as the allowances go for the minute."""
    tx.run(
        """
        with recent as materialized (
            select count(*) as of_all, count(*) filter (where sender = :sender) as of_one,
                   count(body) as kept_of_all, count(body) filter (where sender = :sender) as kept_of_one
            from (select sender, body from webhook_events where not hash_held
                  and received_at > now() - interval '1 minute' limit :most_of_all::integer) rejected
        ), stored as (
            insert into webhook_events (digest, hash_held, sender, body)
            select :digest, false, :sender,
                   case when :kept::text is not null and kept_of_all < :kept_of_all::integer
                             and kept_of_one < :kept_of_one::integer
                        then jsonb_build_object('text', :kept) end
            from recent
            where not exists (select from webhook_events
                              where digest = :digest and received_at > now() - interval '1 hour' and not hash_held)
              and of_all < :most_of_all::integer and of_one < :most_of_one::integer
            returning id, received_at
        )
        insert into webhook_outcomes (event_id, event_received_at, outcome, detail)
        select id, received_at, :outcome, :detail from stored
        """,
        most_of_one=most.of_one,
        most_of_all=most.of_all,
        kept_of_one=most_kept.of_one,
        kept_of_all=most_kept.of_all,
        **vars(rejected),
    )


def insert_outcome(tx: Transaction, event_id: UUID, outcome: Outcome) -> None:
    """Store the outcome of an event, and keep it on the list of webhooks to retry or remove it from there.

    It stays if it was deferred, or if it is unmatched and says `paid`. Other events of unknown payments don't matter to us.
    """
    if outcome.status in ("deferred", "unmatched"):
        put_off_event(tx, event_id, is_odd=not outcome.gateway_was_silent)
    tx.send(
        """
        with event as materialized (
            select id, received_at, kind from webhook_events where id = :id
        ), written as (
            insert into webhook_outcomes (event_id, event_received_at, outcome, detail, payment_id)
            select id, received_at, :outcome, :detail, :payment_id::uuid from event
        )
        delete from webhook_retries where event_id = :id and not exists (
            select from event where :outcome = 'deferred' or :outcome = 'unmatched' and kind = 'paid')
        """,
        id=event_id,
        outcome=outcome.status,
        detail=outcome.detail,
        payment_id=outcome.payment_id,
    )


def put_off_event(tx: Transaction, event_id: UUID, *, is_odd: bool) -> None:
    """Let an event wait before it is tried again. `is_odd`: the gateway did answer, so the delay doubles with each try."""
    tx.run(
        """
        update webhook_retries
        set tries = tries + 1, odd_answers = odd_answers + :is_odd::boolean::integer,
            due_at = now() + make_interval(secs => case
                when :is_odd then least(:seconds::integer * 2 ^ least(odd_answers, 30), :longest_odd::integer)
                else least(:seconds::integer * (tries + 1), :longest::integer) end)
        where event_id = :id
        """,
        id=event_id,
        is_odd=is_odd,
        seconds=RETRY_SECONDS,
        longest=LONGEST_RETRY_SECONDS,
        longest_odd=LONGEST_ODD_RETRY_SECONDS,
    )


def claim_to_retry(tx: Transaction, began: datetime, *, is_due: bool, given_up_days: int) -> UUID | None:
    """Claim an event that is due; not `is_due`: also one that is not due yet but was deferred before. None if none is left.

    `began`: when the run began. No event is claimed twice in one run. An event that was never tried and is not due yet is
    still being processed by the request that it came with.
    """
    sql = """
        update webhook_retries set due_at = now() + interval '5 minutes', tried_at = clock_timestamp()
        where event_id = (select r.event_id from webhook_retries r
                          where is_to_retry(r, :began::timestamptz, :given_up_days::integer)
                            and (r.due_at <= now()
                                 or not :is_due::boolean and r.tries > 0 and r.odd_answers < :few::integer)
                          order by r.due_at limit 1 for update skip locked)
        returning event_id
        """
    few = _FEW_ODD_ANSWERS
    return tx.first_value(UUID, sql, began=began, is_due=is_due, given_up_days=given_up_days, few=few)
