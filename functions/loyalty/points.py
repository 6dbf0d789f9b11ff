"""Redeems points for an order or a booking of the caller, or into the wallet."""

import uuid
from decimal import Decimal
from uuid import UUID

from functions.loyalty.checks import lock_own_payable
from functions.loyalty.schemas import Redemption
from lib import db, ledger
from lib.config import config
from lib.db import Transaction
from lib.errors import InsufficientBalance, Invalid
from lib.holds.splitting import BalanceLimits, worth
from lib.ledger import POINTS, Posting
from lib.payments import records as payments
from lib.payments.balances import pay_from_balances, wanted_split
from lib.payments.minimum import refuse_small_remainder


@db.in_transaction
def redeem(tx: Transaction, user_id: UUID, request: Redemption) -> UUID:
    """Redeem points for an order, up to what is left to pay, or into the wallet; the ledger transaction's id.

    Raises InsufficientBalance, Invalid if the points are worth nothing, and everything that paying an order raises.
    """
    if request.reference_type is None or request.reference_id is None:
        return _redeem_into_wallet(tx, user_id, request.points)
    order = lock_own_payable(tx, user_id, request.reference_type, request.reference_id)
    split = wanted_split(tx, order, BalanceLimits(points=request.points))
    if split.points == 0:
        raise _worthless(request.points)
    refuse_small_remainder(tx, order, split.value, "points")
    payment_id = pay_from_balances(tx, order, split)
    payments.write_opener(tx, payment_id, user_id)
    return tx.value(
        UUID,
        "select t.id from holds h join ledger_transactions t on t.key = 'hold:' || h.id || ':hold' where h.payment_id = :id",
        id=payment_id,
    )


def _redeem_into_wallet(tx: Transaction, user_id: UUID, points: int) -> UUID:
    loyalty = config().loyalty
    amount = worth(points, loyalty)
    if amount == 0:
        raise _worthless(points)
    wallet = ledger.lock_wallet(tx, user_id)
    available = ledger.available_points(tx, wallet)
    if available < points:
        raise InsufficientBalance("points", Decimal(available))
    redemption = ledger.Transaction(
        # This request is the cause, and it has no id. Its Idempotency-Key makes sure that it is processed only once.
        key=f"redeem:{uuid.uuid4()}",
        kind="REDEEM_POINTS",
        postings=[
            Posting("POINTS", "POINTS_REDEEMED", Decimal(points), POINTS),
            Posting("REDEMPTIONS", "WALLET", amount, loyalty.currency),
        ],
        description=ledger.Description(f"{points} points redeemed", f"استبدال {points} نقطة"),
        lots=ledger.TakePoints(points),
    )
    return ledger.post_one(tx, wallet, redemption)


def _worthless(points: int) -> Invalid:
    return Invalid.field(
        ["body", "points"], f"{points} points pay nothing here: one is worth {config().loyalty.point_value}"
    )
