"""Pays from the wallet."""

from uuid import UUID

from functions.loyalty.checks import lock_own_payable, require_exact
from functions.loyalty.schemas import WalletPayment
from lib import db
from lib.db import Transaction
from lib.errors import Invalid
from lib.holds.splitting import Split
from lib.payments import records as payments
from lib.payments.balances import pay_from_balances
from lib.payments.minimum import refuse_small_remainder


@db.in_transaction
def pay_from_wallet(tx: Transaction, user_id: UUID, request: WalletPayment) -> UUID:
    """Pay an amount of the caller's own order or booking from the wallet at once; the payment's id.

    Raises everything that paying an order raises, and InsufficientBalance.
    """
    require_exact(request.amount)
    order = lock_own_payable(tx, user_id, request.reference_type, request.reference_id)
    if request.amount > order.remaining:
        raise Invalid.field(["body", "amount"], f"must be at most {order.remaining} {order.currency}, which is left to pay")
    refuse_small_remainder(tx, order, request.amount, "amount")
    payment_id = pay_from_balances(tx, order, Split(wallet=request.amount))
    payments.write_opener(tx, payment_id, user_id)
    return payment_id
