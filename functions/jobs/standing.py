"""How payments stand, for the operator: one log line at the end of each reconciling run, from which alerts are made."""

from lib import db, logs

log = logs.get(__name__)

# The job asks the gateway about an open payment at least once an hour; one that was not asked about for longer is stuck.
ASKED_WITHIN_HOURS = 2
# So long after its payer's time is over the job that closes it has had its turn, and another one.
CLOSED_WITHIN_MINUTES = 30


def report_standing(oldest_hours: int, silences: int) -> None:
    """Log how many payments are stuck and how many things wait for a person; `silences`: unanswered calls of this run.

    A payment that has been open for an hour is stuck unless its payer still has time (a Fawry code holds for days), or had
    it until just now, and the gateway was asked about it lately. `oldest_hours`: how long a payer has where the gateway
    named no time.
    """
    stuck, in_review = db.read(
        """
        select (select count(*) from payments
                where status = 'PENDING' and created_at < now() - interval '1 hour' and review_reason is null
                  and not (gateway_invoice_id is not null
                           and coalesce(expires_at, created_at + make_interval(hours => :oldest_hours::integer))
                               > now() - make_interval(mins => :closed_minutes::integer)
                           and coalesce(checked_at, created_at) > now() - make_interval(hours => :asked_hours::integer))),
               (select count(*) from payments where review_reason is not null and resolution is null)
             + (select count(*) from refunds where status = 'NEEDS_REVIEW')
        """,
        oldest_hours=oldest_hours,
        asked_hours=ASKED_WITHIN_HOURS,
        closed_minutes=CLOSED_WITHIN_MINUTES,
    )[0]
    log.info("payments stand", pending_over_an_hour=stuck, waiting_for_a_person=in_review, gateway_silences=silences)
