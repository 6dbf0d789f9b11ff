"""Opens a payment: insert the attempt, hold what it takes from balances, commit, call the gateway, store its answer.

The gateway can't be asked about an invoice by our id. So an attempt whose answer was lost is never given to a payer: a newer
request replaces it, or a job closes it by age. If its webhook comes after all, it is matched by its pay_load.
"""

import time
from dataclasses import dataclass
from uuid import UUID

from lib import audit, db, ledger
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import GatewaySilent, IllegalMove, NotFound, require_found
from lib.fawaterk.models import Customer, PaymentMethod, as_local_mobile
from lib.holds import holding
from lib.holds.records import lock_holds
from lib.holds.splitting import BalanceLimits, Split
from lib.orders.issuing import ensure_issued
from lib.orders.locks import LockedOrder, OrderStatus
from lib.payments import gateway, inserting, records
from lib.payments.allowance import refuse_too_many_attempts
from lib.payments.attempts import Attempt, open_invoice
from lib.payments.balances import pay_from_balances, wanted_split
from lib.payments.minimum import refuse_small_remainder
from lib.payments.payable import lock_payable
from lib.security.rights import require_administrator

# Opening takes no longer than gateway.BUDGET_SECONDS. If an attempt has no answer after this, the answer was lost.
LOST_AFTER_SECONDS = 20
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Paid:
    """The order is paid without the gateway, by this payment from balances; its amount is 0 if nothing was to be paid."""

    payment_id: UUID


@dataclass(frozen=True)
class Open:
    """An attempt that asks for exactly this is already open."""

    payment_id: UUID


class BeingOpened:
    """Another request is opening an attempt that asks for exactly this. We wait for it and return the same."""


def pay(
    order_id: UUID,
    actor: Actor,
    method_id: int | None,
    limits: BalanceLimits | None,
    *,
    mobile_wallet_number: str | None = None,
) -> UUID:
    """Pay what is left of an order, from balances within the limits and the rest at the gateway; the payment's id.

    `mobile_wallet_number`: the wallet to ask, for a method that asks one; None: the customer's own phone.

    A draft is issued first. If an open attempt asks for exactly this, its id is
    returned. No limits: use what the order holds. Raises NotFound, IllegalMove, NotPriced, PaymentInReview,
    PaymentSuperseded, InsufficientBalance, Invalid, TooManyRequests, GatewaySilent or GatewayRefusal; Forbidden if the
    balances are those of somebody else and the caller is no administrator.
    """
    _require_payable(order_id, actor, limits)
    if paid := _settle_without_gateway(order_id, actor, limits):
        return paid.payment_id
    deadline = gateway.Deadline()
    method = gateway.choose_method(method_id, deadline)
    wallet_number = mobile_wallet_number if method.is_wallet else None
    while True:
        attempt = _begin(order_id, actor, method, limits, wallet_number)
        if isinstance(attempt, Open):
            return attempt.payment_id
        if isinstance(attempt, Attempt):
            open_invoice(attempt, method, deadline)
            return attempt.payment_id
        if deadline.is_over:
            raise GatewaySilent
        time.sleep(_POLL_SECONDS)


@dataclass(frozen=True, kw_only=True)
class _OrderToPay:
    order_number: str
    status: OrderStatus
    user_id: UUID


def _require_payable(order_id: UUID, actor: Actor, limits: BalanceLimits | None) -> None:
    """Raise NotFound if the caller may not see the order, and IllegalMove if its status does not allow paying.

    Raises Forbidden if they name balances of somebody else and are no administrator. What an administrator has promised
    with the order itself may be used by whoever pays it.

    This comes first because it needs neither a lock nor the gateway. All of it is checked again once the order is locked:
    until then a draft can be moved to another customer, whose balances are not the caller's.
    """
    order = require_found(
        db.read.first(
            _OrderToPay,
            "select :row from orders where id = :id and (:staff::boolean or user_id = :caller_id)",
            id=order_id,
            staff=actor.is_staff,
            caller_id=actor.user_id,
        ),
        "order",
    )
    if order.status not in ("DRAFT", "ISSUED"):
        raise IllegalMove(f"Order {order.order_number}", order.status, "paid")
    _require_rights(actor, order.user_id, limits)


def _require_rights(actor: Actor, owner_id: UUID, limits: BalanceLimits | None) -> None:
    if limits not in (None, BalanceLimits()) and actor.user_id != owner_id:
        require_administrator(actor.role, "pay with a customer's balances")


def _lock_payable_by(tx: Transaction, order_id: UUID, actor: Actor, limits: BalanceLimits | None) -> LockedOrder:
    """Lock an order that can be paid, and check the caller's rights to it and to its customer's balances again."""
    order = lock_payable(tx, order_id)
    if not actor.is_staff and order.user_id != actor.user_id:
        raise NotFound("There is no such order")
    _require_rights(actor, order.user_id, limits)
    return order


@db.in_transaction
def _settle_without_gateway(tx: Transaction, order_id: UUID, actor: Actor, limits: BalanceLimits | None) -> Paid | None:
    """Settle the order now if balances cover all that is left, or if nothing is left. Else None: the gateway is needed."""
    order = _lock_payable_by(tx, order_id, actor, limits)
    split = wanted_split(tx, order, limits)
    if split.value < order.remaining:
        # Told at once, before the gateway is asked for its methods. Once the order is locked again, it is checked again.
        refuse_small_remainder(tx, order, split.value)
        return None
    issued = ensure_issued(tx, order)
    if issued.status == "PAID":
        payment_id = inserting.insert_balance_payment(tx, issued, Split()).id
    else:
        payment_id = pay_from_balances(tx, issued, split)
    _record(tx, actor, order, payment_id, split)
    return Paid(payment_id)


def _record(tx: Transaction, actor: Actor, order: LockedOrder, payment_id: UUID, split: Split) -> None:
    """Record who opened a payment, and what staff did by it. `order`: as it was before, so perhaps not yet issued."""
    records.write_opener(tx, payment_id, actor.user_id)
    if not actor.is_staff:
        return
    if order.status == "DRAFT":
        audit.record(tx, actor, "issue", "order", order.id, before={"status": "DRAFT"}, after={"status": "ISSUED"})
    audit.record(
        tx,
        actor,
        "pay",
        "order",
        order.id,
        before={"status": order.status, "amount_paid": order.amount_paid},
        after={"payment_id": payment_id, "left_to_pay": order.remaining, "from_balances": vars(split)},
    )


@db.in_transaction
def _begin(
    tx: Transaction,
    order_id: UUID,
    actor: Actor,
    method: PaymentMethod,
    limits: BalanceLimits | None,
    wallet_number: str | None,
) -> Open | Attempt | BeingOpened:
    before = _lock_payable_by(tx, order_id, actor, limits)
    split = wanted_split(tx, before, limits)
    order = ensure_issued(tx, before)
    match _find_open_attempt(tx, order, method, split, wallet_number):
        case _OpenAttempt(is_usable=True) as attempt:
            return Open(attempt.id)
        case _OpenAttempt(is_being_opened=True):
            return BeingOpened()
        case _OpenAttempt() as attempt:
            # Its holds stay as they are here. Writing the new attempt then changes them to the new split.
            records.close_attempt_of_order(
                tx, order, "EXPIRED" if attempt.is_expired else "CANCELLED", "replaced by a newer attempt"
            )
    refuse_too_many_attempts(tx, order, actor)
    written = _write_attempt(tx, order, method, split, wallet_number)
    _record(tx, actor, before, written.payment_id, split)
    return written


@dataclass(frozen=True, kw_only=True)
class _OpenAttempt:
    """The open attempt of an order, compared with what is asked for now."""

    id: UUID
    matches_request: bool
    is_answered: bool
    is_lost: bool
    is_expired: bool

    @property
    def is_usable(self) -> bool:
        """Whether it asks for exactly this and can still be paid."""
        return self.matches_request and self.is_answered and not self.is_expired

    @property
    def is_being_opened(self) -> bool:
        """Whether it asks for exactly this and the gateway's answer may still come."""
        return self.matches_request and not self.is_answered and not self.is_lost


def _find_open_attempt(
    tx: Transaction, order: LockedOrder, method: PaymentMethod, split: Split, wallet_number: str | None
) -> _OpenAttempt | None:
    return tx.first(
        _OpenAttempt,
        """
        select id,
               payment_method_id = :method_id::integer and amount = :amount::numeric
                   and (:wallet_number::text is null or mobile_wallet_number = :wallet_number)
                   and (points_to_use, cashback_to_use, wallet_to_use) =
                       (:points::integer, :cashback::numeric, :wallet::numeric) as matches_request,
               gateway_invoice_id is not null as is_answered,
               answer_lost_at is not null
                   or created_at < now() - make_interval(secs => :lost_after::integer) as is_lost,
               coalesce(expires_at < now(), false) as is_expired
        from payments where order_id = :order_id and status = 'PENDING' for update
        """,
        order_id=order.id,
        method_id=method.payment_method_id,
        amount=order.remaining - split.value,
        points=split.points,
        cashback=split.cashback,
        wallet=split.wallet,
        lost_after=LOST_AFTER_SECONDS,
        wallet_number=wallet_number,
    )


@dataclass(frozen=True, kw_only=True)
class _Payer:
    first_name: str
    last_name: str
    email: str
    phone: str | None
    language: str


def _write_attempt(
    tx: Transaction, order: LockedOrder, method: PaymentMethod, split: Split, wallet_number: str | None
) -> Attempt:
    refuse_small_remainder(tx, order, split.value)
    amount = order.remaining - split.value
    payer = tx.one(_Payer, "select :row from users where id = :id", id=order.user_id)
    asked_wallet = (wallet_number or payer.phone) if method.is_wallet else None
    attempt = inserting.insert_attempt(
        tx,
        order,
        split,
        amount=amount,
        method_id=method.payment_method_id,
        method_name=method.name_en,
        mobile_wallet_number=asked_wallet and as_local_mobile(asked_wallet),
    )
    held, transactions = holding.hold_split(tx, order, lock_holds(tx, order), split, payment_id=attempt.id)
    ledger.post(tx, held.wallet, transactions)
    return Attempt(
        payment_id=attempt.id,
        payment_number=attempt.payment_number,
        order_number=order.order_number,
        amount=amount,
        currency=order.currency,
        return_token=attempt.return_token,
        customer=Customer(
            first_name=payer.first_name,
            last_name=payer.last_name,
            email=payer.email,
            phone=payer.phone,
            unique_id=str(order.user_id),
        ),
        mobile_wallet_number=asked_wallet,
        language=payer.language,
    )
