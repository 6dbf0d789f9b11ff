"""Every statement that changes when a job or a return page looks at a payment again. They need no lock."""

from datetime import datetime
from uuid import UUID

from lib.db import Transaction
from lib.payments.locks import LockedPayment

# How long a payment waits after the first answer of which nothing can be made.
ODD_ANSWER_MINUTES = 10
# Anybody can send an event that nobody signs, and the gateway allows about 50 calls a minute. So all such events together
# make jobs ask it about so many payments an hour.
MOST_UNSIGNED_LOOKS_AN_HOUR = 60


def schedule_check(tx: Transaction, payment_id: UUID) -> None:
    """Make a payment due, so that the next reconciling run compares it with the gateway, unless it is in review."""
    sql = """
        update payments set check_due_at = now()
        where id = :id and gateway_invoice_id is not null and not in_review(payments)
        """
    tx.run(sql, id=payment_id)


def schedule_unsigned_check(tx: Transaction, payment_id: UUID) -> None:
    """Make a payment due as soon as an event that nobody signed may do that: about one payment once an hour."""
    sql = """
        update payments set unsigned_look_at = next_unsigned_look(payments, :an_hour::integer),
               check_due_at = least(check_due_at, next_unsigned_look(payments, :an_hour::integer))
        where id = :id and gateway_invoice_id is not null and not in_review(payments)
          and coalesce(check_due_at > now(), true)
        """
    tx.run(sql, id=payment_id, an_hour=MOST_UNSIGNED_LOOKS_AN_HOUR)


def put_off(tx: Transaction, payment: LockedPayment, answer: str) -> int:
    """Count an answer of which nothing can be made, keep it, and let both jobs wait twice as long as before, at most a day.

    Returns how many such answers came in a row.
    """
    sql = """
        with waiting as (
            select now() + least(make_interval(mins => :minutes::integer) * 2 ^ least(odd_answers, 30), '1 day') as due_at
            from payments where id = :id
        )
        update payments set odd_answers = odd_answers + 1, gateway_answer = :answer, expire_due_at = waiting.due_at,
               check_due_at = case when check_due_at is not null then waiting.due_at end
        from waiting where id = :id returning odd_answers
        """
    return tx.value(int, sql, id=payment.id, answer=answer, minutes=ODD_ANSWER_MINUTES)


def forget_odd_answers(tx: Transaction, payment_id: UUID) -> None:
    """Record that the gateway's last answer about a payment could be read."""
    tx.run("update payments set odd_answers = 0 where id = :id and odd_answers > 0", id=payment_id)


def claim_to_check(tx: Transaction, began: datetime, *, is_due: bool) -> UUID | None:
    """Claim a payment that is due to be checked at the gateway; not `is_due`: also a PENDING one. None if none is left.

    `began`: when the run began. No payment is claimed twice in one run.
    """
    sql = """
        update payments set checks = checks + 1, checked_at = clock_timestamp(),
               check_due_at = case when status = 'PENDING'
                                   then now() + make_interval(mins => least(2 * (checks + 1), 60))
                                   else now() + interval '12 hours' end
        where id = (select p.id from payments p
                    where is_to_check(p, :began::timestamptz)
                      and (p.check_due_at <= now()
                           or not :is_due::boolean and p.status = 'PENDING' and p.odd_answers = 0)
                    order by p.check_due_at limit 1 for update skip locked)
        returning id
        """
    return tx.first_value(UUID, sql, began=began, is_due=is_due)


def stop_checking(tx: Transaction, payment_id: UUID, *, watched_days: int) -> None:
    """Stop checking a payment that is settled, or that is closed and older than `watched_days`.

    If it became due again meanwhile, a refund was reported for it, so it is checked once more.
    """
    sql = """
        update payments set check_due_at = case when unsigned_look_at > now() then unsigned_look_at end
        where id = :id and status <> 'PENDING' and check_due_at > now()
          and (not is_closed(payments) or created_at < now() - make_interval(days => :days::integer))
        """
    tx.run(sql, id=payment_id, days=watched_days)


def claim_for_page(tx: Transaction, payment_id: UUID, *, seconds: float) -> bool:
    """Claim the look of a return page at the gateway; False if another page began one within the last `seconds`.

    It is also False while somebody settles the payment, which makes a look needless.
    """
    sql = """
        update payments set page_asked_at = now()
        where id = (select id from payments where id = :id
                    and coalesce(page_asked_at < now() - make_interval(secs => :seconds::double precision), true)
                    for update skip locked)
        returning true
        """
    return tx.first_value(bool, sql, id=payment_id, seconds=seconds) is not None


def write_told(tx: Transaction, payment_id: UUID) -> None:
    """Record that the gateway told a return page how a payment stands."""
    tx.run("update payments set page_told_at = now() where id = :id", id=payment_id)


def claim_overdue(tx: Transaction, *, lost_minutes: int, open_hours: int) -> UUID | None:
    """Claim a PENDING payment whose time is over, so that a job closes it, untried ones first. None if none is left."""
    sql = """
        update payments set expire_due_at = now() + interval '5 minutes'
        where id = (select p.id from payments p
                    where is_to_expire(p, :lost_minutes::integer, :open_hours::integer)
                    order by p.expire_due_at nulls first, p.created_at limit 1 for update skip locked)
        returning id
        """
    return tx.first_value(UUID, sql, lost_minutes=lost_minutes, open_hours=open_hours)
