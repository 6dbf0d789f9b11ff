"""Looks at the gateway for somebody who waits for a payment: a page that refreshes, or a screen that asks again."""

from uuid import UUID

from lib import db, logs
from lib.db import Transaction
from lib.gateway_events.reconciling import reconcile
from lib.outcomes import Outcome
from lib.payments import schedule

log = logs.get(__name__)

# A person waits. If the gateway takes longer than this, they are told what we know and ask again.
GATEWAY_SECONDS = 4.0
# The gateway is asked about one payment no more often than this, on all instances together.
SECONDS_BETWEEN_LOOKS = 10


def look(payment_id: UUID) -> Outcome | None:
    """Ask the gateway about a payment and settle it if it is paid; None if somebody asked a moment ago. Raises NotFound."""
    if not _claim_look(payment_id):
        return None
    outcome = reconcile(payment_id, GATEWAY_SECONDS)
    log.info("looked for somebody who waits", payment=str(payment_id), outcome=outcome.status, detail=outcome.detail)
    return outcome


@db.in_transaction
def _claim_look(tx: Transaction, payment_id: UUID) -> bool:
    return schedule.claim_for_page(tx, payment_id, seconds=SECONDS_BETWEEN_LOOKS)
