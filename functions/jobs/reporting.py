"""Reports the state of payments to the operator: one log line at the end of each reconciling run. Alerts read it."""

from dataclasses import dataclass

from lib import db, logs
from lib.gateway_events import records
from lib.gateway_events.putting_off import MOST_ODD_ANSWERS

log = logs.get(__name__)

# The job asks the gateway about an open payment at least once an hour. One that it has not asked about for longer is stuck.
ASKED_WITHIN_HOURS = 2
# The job that closes payments runs every 10 minutes, so within this it has run at least twice after the payer's time ended.
CLOSED_WITHIN_MINUTES = 30


@dataclass(frozen=True, kw_only=True)
class _Counts:
    stuck: int
    waiting_for_a_person: int


def report_payments(oldest_hours: int, unanswered_calls: int) -> None:
    """Log how many payments are stuck and how many payments, refunds and webhooks wait for a person.

    A webhook does if the gateway, although it answers, has not explained it for days.

    A payment is stuck if it has been open for over an hour, except while the gateway was asked about it lately and its payer
    still has time (a Fawry code is valid for days) or had time until CLOSED_WITHIN_MINUTES ago. `oldest_hours`: how long a
    payer has if the gateway named no expiry. `unanswered_calls`: those of this run.
    """
    counts = db.read.one(
        _Counts,
        """
        select (select count(*) from payments
                where status = 'PENDING' and created_at < now() - interval '1 hour' and review_reason is null
                  and not (gateway_invoice_id is not null
                           and coalesce(expires_at, created_at + make_interval(hours => :oldest_hours::integer))
                               > now() - make_interval(mins => :closed_minutes::integer)
                           and coalesce(checked_at, created_at) > now() - make_interval(hours => :asked_hours::integer))
               ) as stuck,
               (select count(*) from payments p where in_review(p))
             + (select count(*) from payments p
                where p.check_due_at is not null and p.odd_answers >= :most_odd::integer and not in_review(p))
             + (select count(*) from webhook_retries where odd_answers >= :most_odd_of_events::integer)
             + (select count(*) from refunds where status = 'NEEDS_REVIEW') as waiting_for_a_person
        """,
        oldest_hours=oldest_hours,
        asked_hours=ASKED_WITHIN_HOURS,
        closed_minutes=CLOSED_WITHIN_MINUTES,
        most_odd=MOST_ODD_ANSWERS,
        most_odd_of_events=records.MOST_ODD_ANSWERS,
    )
    log.info(
        "payments stand",
        pending_over_an_hour=counts.stuck,
        waiting_for_a_person=counts.waiting_for_a_person,
        gateway_silences=unanswered_calls,
    )
