"""Payments that were taken elsewhere: cash at the desk, or a bank transfer."""

from lib import audit
from lib.audit import Actor
from lib.db import Transaction
from lib.fawaterk.models import Received
from lib.orders.locks import LockedOrder
from lib.payments import inserting, records
from lib.payments.settling import Receipt, accept


def settle_by_hand(tx: Transaction, actor: Actor, order: LockedOrder) -> None:
    """Insert a MANUAL payment of all that is left to pay of an ISSUED order, and settle it."""
    payment = inserting.insert_manual_payment(tx, order, order.remaining)
    received = Received(order.remaining, order.currency)
    accept(tx, order, payment, Receipt(received=received, counted=order.remaining))
    records.write_opener(tx, payment.id, actor.user_id)
    audit.record(tx, actor, "settle-manually", "payment", payment.id, after={"amount": order.remaining})
