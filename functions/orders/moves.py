"""Issues and cancels orders, by staff."""

from uuid import UUID

from lib import audit, db
from lib.audit import Actor
from lib.bookings.queries import booking_of_order, refuse_if_booked
from lib.db import Transaction
from lib.orders.issuing import issue
from lib.orders.locks import LockedOrder, lock_order
from lib.payments.closing import cancel_order
from lib.security.rights import refuse_own_account


@db.in_transaction
def issue_by_hand(tx: Transaction, actor: Actor, order_id: UUID) -> None:
    """DRAFT → ISSUED. Raises NotFound, IllegalMove or NotPriced."""
    issue(tx, lock_order(tx, order_id))
    audit.record(tx, actor, "issue", "order", order_id, before={"status": "DRAFT"}, after={"status": "ISSUED"})


@db.in_transaction
def cancel(tx: Transaction, actor: Actor, order_id: UUID, reason: str | None) -> None:
    """DRAFT or ISSUED → CANCELLED, if nothing was paid; the open payment is closed too.

    Raises NotFound, IllegalMove, or PaymentInReview if a payment of it is in review; OwnAccount if it is the caller's own
    and nobody came.
    """
    order = lock_order(tx, order_id)
    if order.booking_id is not None:
        _require_no_show(tx, actor, order)
    cancelled = cancel_order(tx, order, "the order was cancelled")
    audit.record(
        tx,
        actor,
        "cancel",
        "order",
        order_id,
        before={"status": order.status},
        after={"status": cancelled.status, "reason": reason},
    )


def _require_no_show(tx: Transaction, actor: Actor, order: LockedOrder) -> None:
    """Refuse to cancel the order of a booking by itself, unless nobody came: such a booking moves no further."""
    booking = booking_of_order(tx, order.id)
    if booking is None or booking.status != "NO_SHOW":
        refuse_if_booked(tx, order.id, "cancelled")
    # What is owed for a trip that was missed is a debt, which a colleague forgives.
    refuse_own_account(actor.user_id, order.user_id)
