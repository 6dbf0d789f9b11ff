"""What requests about balances have in common: exact amounts, and orders of one's own."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib.config import config
from lib.db import Transaction
from lib.errors import Invalid, NotFound
from lib.money import DECIMALS, is_exact
from lib.payments.locks import LockedOrder
from lib.payments.payable import issued, lock_payable


def require_exact(amount: Decimal) -> None:
    """Raise Invalid for an amount with more decimals than the currency of balances has."""
    currency = config().loyalty.currency
    if not is_exact(amount, currency):
        raise Invalid.field(["body", "amount"], f"must have at most {DECIMALS[currency]} decimals in {currency}", "decimals")


def lock_own_payable(
    tx: Transaction, user_id: UUID, reference_type: Literal["ORDER", "BOOKING"], reference_id: UUID
) -> LockedOrder:
    """Lock an order of the caller's own, or the one behind their booking, and issue it if it is a draft.

    Raises NotFound, IllegalMove, PaymentInReview, NotPriced, or Invalid where balances can't pay its currency.
    """
    row = tx.row(
        """
        select id from orders where :type = 'ORDER' and id = :id and user_id = :user_id
        union all select order_id from bookings where :type = 'BOOKING' and id = :id and user_id = :user_id
        """,
        type=reference_type,
        id=reference_id,
        user_id=user_id,
    )
    if row is None:
        raise NotFound(f"There is no such {reference_type.lower()}")
    order = issued(tx, lock_payable(tx, row[0]))
    currency = config().loyalty.currency
    if order.currency != currency:
        raise Invalid.field(["body"], f"balances are kept in {currency} and can't pay an order in {order.currency}")
    return order
