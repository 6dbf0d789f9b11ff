"""Every statement that inserts payments: attempts at the gateway, payments from balances, and those taken elsewhere."""

import secrets as randomness
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeVar
from uuid import UUID

from lib.db import Transaction
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder
from lib.payments.locks import LockedPayment, PaymentType

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class NewAttempt:
    """An attempt that was inserted. `return_token`: the return page finds the payment by it."""

    id: UUID
    payment_number: str
    return_token: str


def insert_attempt(
    tx: Transaction,
    order: LockedOrder,
    split: Split,
    *,
    amount: Decimal,
    method_id: int,
    method_name: str,
    mobile_wallet_number: str | None = None,
) -> NewAttempt:
    """Insert a PENDING attempt: the gateway is asked for `amount`, and the split is taken from balances."""
    method = _Method(method_name, method_id, mobile_wallet_number)
    return _insert(tx, NewAttempt, order, split, method, amount=amount, payment_type=order.sold_as)


def insert_balance_payment(tx: Transaction, order: LockedOrder, split: Split) -> LockedPayment:
    """Insert a payment from balances alone. It is PAID at once."""
    return _insert(
        tx,
        LockedPayment,
        order,
        split,
        _Method("BALANCE"),
        amount=split.value,
        payment_type=order.sold_as,
        status="PAID",
    )


def insert_manual_payment(tx: Transaction, order: LockedOrder, amount: Decimal) -> LockedPayment:
    """Insert a MANUAL payment that is PENDING. The caller settles it in the same transaction."""
    return _insert(tx, LockedPayment, order, Split(), _Method("MANUAL"), amount=amount, payment_type="MANUAL")


@dataclass(frozen=True)
class _Method:
    """How a payment is made; the last two are the gateway's methods' alone."""

    name: str
    id: int | None = None
    mobile_wallet_number: str | None = None


def _insert(
    tx: Transaction,
    row: type[T],
    order: LockedOrder,
    split: Split,
    method: _Method,
    *,
    amount: Decimal,
    payment_type: PaymentType,
    status: Literal["PENDING", "PAID"] = "PENDING",
) -> T:
    sql = """
    insert into payments (payment_number, order_id, user_id, payment_type, payment_method, payment_method_id, amount,
                          currency, status, return_token, paid_at, check_due_at, points_to_use, points_value,
                          cashback_to_use, wallet_to_use, mobile_wallet_number)
    values (take_number('PAY'), :order_id, :user_id, :payment_type, :method, :method_id::integer, :amount, :currency,
            :status, :token, case when :status = 'PAID' then now() end,
            case when :method_id::integer is not null then now() + interval '2 minutes' end,
            :points, :points_value, :cashback, :wallet, :mobile_wallet_number)
    returning :row
    """
    return tx.one(
        row,
        sql,
        order_id=order.id,
        user_id=order.user_id,
        payment_type=payment_type,
        method=method.name,
        method_id=method.id,
        mobile_wallet_number=method.mobile_wallet_number,
        amount=amount,
        currency=order.currency,
        status=status,
        token=randomness.token_urlsafe(24),
        **vars(split),
    )
