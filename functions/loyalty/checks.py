"""Checks that requests about balances share: exact amounts, and orders that belong to the caller."""

from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib.config import config
from lib.db import Transaction
from lib.errors import Invalid, NotFound, require_found
from lib.money import DECIMALS, is_exact
from lib.orders.issuing import ensure_issued
from lib.orders.locks import LockedOrder
from lib.payments.payable import lock_payable


def require_exact(amount: Decimal, source: Literal["body", "query"] = "body") -> None:
    """Raise Invalid if an amount has more decimals than the currency of balances. `source`: where `amount` was sent."""
    currency = config().loyalty.currency
    if not is_exact(amount, currency):
        raise Invalid.field([source, "amount"], f"must have at most {DECIMALS[currency]} decimals in {currency}", "decimals")


def lock_own_payable(
    tx: Transaction, user_id: UUID, reference_type: Literal["ORDER", "BOOKING"], reference_id: UUID
) -> LockedOrder:
    """Lock an order of the caller, or that of their booking, and issue it if it is a draft.

    Raises NotFound, IllegalMove, PaymentInReview, NotPriced, or Invalid if balances can't pay its currency.
    """
    order_id = require_found(
        tx.first_value(
            UUID,
            """
            select id from orders where :type = 'ORDER' and id = :id and user_id = :user_id
            union all select order_id from bookings where :type = 'BOOKING' and id = :id and user_id = :user_id
            """,
            type=reference_type,
            id=reference_id,
            user_id=user_id,
        ),
        reference_type.lower(),
    )
    locked = lock_payable(tx, order_id)
    # Staff may have moved the draft to another customer since it was found.
    if locked.user_id != user_id:
        raise NotFound(f"There is no such {reference_type.lower()}")
    order = ensure_issued(tx, locked)
    currency = config().loyalty.currency
    if order.currency != currency:
        raise Invalid.field(["body"], f"balances are kept in {currency} and can't pay an order in {order.currency}")
    return order
