"""Refunds that the gateway reports, held against those that it was asked for."""

from decimal import Decimal
from uuid import UUID

from lib import db
from lib.db import Transaction
from lib.money import DECIMALS, same_amount
from lib.payments.locks import lock_payment
from lib.payments.settlement import Done
from lib.refunds.outcomes import finish
from lib.refunds.records import read

_OURS = """
    select f.id, f.confirmed_at, r.id, r.refund_number, r.status, f.amount
    from refund_parts f join refunds r on r.id = f.refund_id
    where f.payment_id = :payment_id and f.destination = 'GATEWAY' and r.status <> 'REJECTED' and r.currency = :currency
    order by r.created_at, r.id
"""


@db.in_transaction
def confirm(tx: Transaction, payment_id: UUID, amount: Decimal, currency: str) -> Done | None:
    """Take up a refund that the gateway vouches for: one under way completes. None where it is none of ours.

    The signature covers payment, amount and currency alone. Of equal refunds the oldest is meant, and once one was
    confirmed by these words they prove nothing more: they can be an echo.
    """
    locked = lock_payment(tx, payment_id)
    if locked is None or currency not in DECIMALS:
        return None
    order = locked[0]
    ours = [one for one in tx.run(_OURS, payment_id=payment_id, currency=currency) if same_amount(amount, one[5], currency)]
    if not ours:
        return None
    confirmed = next((one for one in ours if one[1] is not None), None)
    if confirmed is not None:
        return Done("already_processed", f"refund {confirmed[3]} was confirmed before", payment_id)
    part_id, _, refund_id, refund_number, status, _ = ours[0]
    tx.run("update refund_parts set confirmed_at = now() where id = :id", id=part_id)
    if status != "COMPLETED":
        finish(tx, order, read(tx, refund_id))
    return Done("processed", f"refund {refund_number} is confirmed", payment_id)


def named(payment_id: UUID, amount: Decimal | None, currency: str | None) -> str | None:
    """The number of our refund that an unsigned report may mean: nothing follows from it."""
    if amount is None or currency not in DECIMALS:
        return None
    for one in db.read(_OURS, payment_id=payment_id, currency=currency):
        if same_amount(amount, one[5], currency):
            return str(one[3])
    return None
