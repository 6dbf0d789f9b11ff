"""Takes back a refund that the gateway has not decided about yet."""

from uuid import UUID

from lib import audit, db
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import GatewaySilent, IllegalMove, NotFound
from lib.fawaterk.errors import GatewayError, GatewayRefused
from lib.payments import gateway
from lib.refunds import listed, records
from lib.refunds.matching import look_before, match
from lib.refunds.records import lock_refund
from lib.security.rights import refuse_own_account


def withdraw(order_id: UUID, refund_id: UUID, actor: Actor) -> None:
    """Withdraw a PENDING refund at the gateway; it ends as REJECTED, and its amount can be refunded in another way.

    What the gateway's list shows now comes first. Raises NotFound, OwnAccount, GatewaySilent, or IllegalMove if the gateway
    has decided, or if its list does not show the refund yet.
    """
    _require_order(order_id, refund_id, actor)
    deadline = gateway.Deadline()
    look_before(order_id, deadline)
    row_id, gateway_id, payment_id = _ask(refund_id, actor)
    try:
        gateway.client().withdraw_refund(gateway_id, deadline.left)
        listed.write_state(row_id, "GONE", "")
    except GatewayRefused:
        look_before(order_id, deadline)
    except GatewayError as error:
        # The job finds out whether the gateway has done it.
        raise GatewaySilent from error
    match(payment_id)
    _require_rejected(refund_id)


@db.in_transaction
def _require_order(tx: Transaction, order_id: UUID, refund_id: UUID, actor: Actor) -> None:
    if not tx.exists("select from refunds where id = :id and order_id = :order_id", id=refund_id, order_id=order_id):
        raise NotFound("There is no such refund")
    order, _ = lock_refund(tx, refund_id)
    refuse_own_account(actor.user_id, order.user_id)


@db.in_transaction
def _ask(tx: Transaction, refund_id: UUID, actor: Actor) -> tuple[UUID, str, UUID]:
    """Write down that it is to be withdrawn, so that a row that is gone later is no riddle."""
    _, refund = lock_refund(tx, refund_id)
    if refund.status != "PENDING":
        raise IllegalMove(f"Refund {refund.refund_number}", refund.status, "withdrawn")
    rows = tx.run(
        """
        select q.id, q.gateway_id, g.payment_id from gateway_refunds g
        join gateway_refund_requests q on q.id = g.gateway_request_id where g.id = :id
        """,
        id=refund_id,
    )
    if not rows:
        raise IllegalMove(f"Refund {refund.refund_number}", "not in the gateway's list yet", "withdrawn; try again soon")
    records.ask_withdrawal(tx, refund)
    audit.record(
        tx, actor, "withdraw-refund", "refund", refund_id, before={"status": refund.status}, after={"amount": refund.amount}
    )
    (row,) = rows
    return row[0], row[1], row[2]


@db.in_transaction
def _require_rejected(tx: Transaction, refund_id: UUID) -> None:
    _, refund = lock_refund(tx, refund_id)
    if refund.status != "REJECTED":
        raise IllegalMove(f"Refund {refund.refund_number}", refund.status, "withdrawn: the gateway has it differently")
