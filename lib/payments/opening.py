"""Opening a payment: write the attempt, hold what it takes from balances, commit, call the gateway, write the answer.

The gateway can't be asked by our id, so an attempt whose answer was lost is never handed out: a newer request replaces
it, or a job closes it by age. Should its webhook come after all, it is matched by its pay_load.
"""

import secrets as randomness
import time
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lib import db, logs
from lib.config import config
from lib.db import Transaction, UniqueViolation
from lib.errors import GatewaySilent, IllegalMove, Invalid, NotFound, PaymentSuperseded
from lib.fawaterk.errors import GatewayError, GatewayRefused
from lib.fawaterk.models import Customer, InvoiceRequest, OpenedInvoice, PaymentMethod, ReturnUrls
from lib.payments import gateway, holds
from lib.payments.balances import Wanted, pay_from_balances, split_of
from lib.payments.locks import LockedOrder, Split, lock_payment
from lib.payments.payable import issued, lock_payable
from lib.payments.settlement import WATCHED
from lib.security.callers import Caller

log = logs.get(__name__)

# Fawaterk's smallest amount; in other currencies it applies its own rate, and its refusal is passed on.
MINIMUM = {"EGP": Decimal(5)}
# Opening takes at most the gateway's budget; an attempt that has no answer after this has lost it.
LOST_AFTER_SECONDS = 20
_LOOK_AGAIN_SECONDS = 0.2

_ANSWER = """
    select json_build_object(
        'payment_id', p.id, 'payment_number', p.payment_number, 'order_number', o.order_number,
        'amount', money(p.amount, p.currency), 'currency', p.currency, 'status', p.status,
        'points_used', p.points_to_use, 'cashback_used', money(p.cashback_to_use, p.currency),
        'wallet_used', money(p.wallet_to_use, p.currency),
        'payment_url', p.payment_url, 'fawry_code', p.fawry_code, 'qr_code', p.qr_code,
        'reference', p.gateway_reference, 'expires_at', p.expires_at,
        'invoice_id', p.gateway_invoice_id, 'invoice_key', p.gateway_invoice_key)::text
    from payments p join orders o on o.id = p.order_id where p.id = :id
"""


@dataclass(frozen=True)
class Opening:
    """An attempt that was written and now wants the gateway's answer; `amount` in major units of `currency`."""

    payment_id: UUID
    payment_number: str
    order_number: str
    amount: Decimal
    currency: str
    return_token: str
    customer: Customer
    language: str


@dataclass(frozen=True)
class Answered:
    """Nothing to open: the answer stands already."""

    body: bytes


class BeingOpened:
    """The same request is being worked on elsewhere; its answer is ours."""


Begun = Opening | Answered | BeingOpened


def pay(order_id: UUID, caller: Caller, method_id: int | None, wanted: Wanted | None) -> bytes:
    """Pay what is left of an order: from balances as far as wanted, the rest by an attempt at the gateway.

    An attempt that is open and asks for just this is given again; a draft is issued first; None wanted leaves what is
    held. Raises NotFound, IllegalMove, NotPriced, PaymentInReview, PaymentSuperseded, InsufficientBalance, Invalid,
    GatewaySilent or GatewayRefusal.
    """
    _require_payable(order_id, caller)
    if settled := _settle_without_gateway(order_id, wanted):
        return settled
    deadline = gateway.Deadline()
    method = gateway.choose_method(method_id, deadline)
    while True:
        begun = _begin(order_id, method, wanted)
        if isinstance(begun, Answered):
            return begun.body
        if isinstance(begun, Opening):
            return _open(begun, method, deadline)
        if deadline.is_over:
            raise GatewaySilent
        time.sleep(_LOOK_AGAIN_SECONDS)


def _require_payable(order_id: UUID, caller: Caller) -> None:
    """Refuse an order that the caller can't see or nobody can pay.

    Asked first, because nobody needs a lock or the gateway to hear that. Under the order's lock its state is looked at
    again; its owner never changes once it is issued, and a draft's is changed by staff alone.
    """
    found = db.read(
        "select order_number, status from orders where id = :id and (:staff::boolean or user_id = :caller_id)",
        id=order_id,
        staff=caller.is_staff,
        caller_id=caller.user_id,
    )
    if not found:
        raise NotFound("There is no such order")
    order_number, status = found[0]
    if status not in ("DRAFT", "ISSUED"):
        raise IllegalMove(f"Order {order_number}", status, "paid")


@db.in_transaction
def _settle_without_gateway(tx: Transaction, order_id: UUID, wanted: Wanted | None) -> bytes | None:
    """Settle at once what balances cover wholly or comes to nothing, whether the gateway answers or not; else None."""
    order = lock_payable(tx, order_id)
    split = split_of(tx, order, wanted)
    if split.value < order.remaining:
        return None
    order = issued(tx, order)
    if order.status == "PAID":
        return _nothing_to_pay(tx, order)
    return tx.json(_ANSWER, id=pay_from_balances(tx, order, split))


@db.in_transaction
def _begin(tx: Transaction, order_id: UUID, method: PaymentMethod, wanted: Wanted | None) -> Begun:
    order = lock_payable(tx, order_id)
    split = split_of(tx, order, wanted)
    order = issued(tx, order)
    return _open_attempt(tx, order, method, split) or _write_attempt(tx, order, method, split)


def _open_attempt(tx: Transaction, order: LockedOrder, method: PaymentMethod, split: Split) -> Begun | None:
    """The attempt that is open, where it is what is asked for; any other one is closed, and there is none."""
    row = tx.row(
        """
        select id, payment_method_id = :method_id::integer and amount = :amount::numeric
                   and (points_to_use, cashback_to_use, wallet_to_use) =
                       (:points::integer, :cashback::numeric, :wallet::numeric),
               gateway_invoice_id is not null,
               answer_lost_at is not null or created_at < now() - make_interval(secs => :lost_after::integer),
               coalesce(expires_at < now(), false)
        from payments where order_id = :order_id and status = 'PENDING' for update
        """,
        order_id=order.id,
        method_id=method.payment_method_id,
        amount=order.remaining - split.value,
        points=split.points,
        cashback=split.cashback,
        wallet=split.wallet,
        lost_after=LOST_AFTER_SECONDS,
    )
    if row is None:
        return None
    payment_id, is_the_same, is_answered, is_lost, is_expired = row
    if is_the_same and is_answered and not is_expired:
        return Answered(tx.json(_ANSWER, id=payment_id))
    if is_the_same and not is_answered and not is_lost:
        return BeingOpened()
    # What it holds stays held for the order, and the new attempt arranges it as it needs it.
    tx.run(
        f"""
        update payments set status = case when :expired::boolean then 'EXPIRED' else 'CANCELLED' end, updated_at = now(),
               error_message = 'replaced by a newer attempt', {WATCHED}
        where id = :id
        """,  # noqa: S608 - a constant
        id=payment_id,
        expired=is_expired,
    )
    return None


def _write_attempt(tx: Transaction, order: LockedOrder, method: PaymentMethod, split: Split) -> Opening:
    least = MINIMUM.get(order.currency, Decimal(0))
    amount = order.remaining - split.value
    if amount < least:
        raise Invalid.field(["body"], f"the remainder of {amount} is under the gateway's minimum of {least}")
    token = randomness.token_urlsafe(24)
    customer = tx.row("select first_name, last_name, email, phone, language from users where id = :id", id=order.user_id)
    row = tx.row(
        """
        insert into payments (payment_number, order_id, user_id, payment_type, payment_method, payment_method_id, amount,
                              currency, return_token, points_to_use, points_value, cashback_to_use, wallet_to_use)
        values (take_number('PAY'), :order_id, :user_id, :payment_type, :method, :method_id, :amount, :currency, :token,
                :points, :points_value, :cashback, :wallet)
        returning id, payment_number
        """,
        order_id=order.id,
        user_id=order.user_id,
        payment_type=order.reference[0],
        points=split.points,
        points_value=split.points_value,
        cashback=split.cashback,
        wallet=split.wallet,
        method=method.name_en,
        method_id=method.payment_method_id,
        amount=amount,
        currency=order.currency,
        token=token,
    )
    if row is None or customer is None:
        raise LookupError(f"order {order.id} has no customer")
    holds.arrange(tx, order, split, row[0])
    first_name, last_name, email, phone, language = customer
    return Opening(
        payment_id=row[0],
        payment_number=row[1],
        order_number=order.order_number,
        amount=amount,
        currency=order.currency,
        return_token=token,
        customer=Customer(
            first_name=first_name, last_name=last_name, email=email, phone=phone, unique_id=str(order.user_id)
        ),
        language=language,
    )


def _open(opening: Opening, method: PaymentMethod, deadline: gateway.Deadline) -> bytes:
    try:
        opened = gateway.client().open_invoice(_request(opening, method), deadline.left)
    except GatewayRefused as refused:
        problem = gateway.as_problem(refused)
        _close_refused(opening.payment_id, problem.detail)
        raise problem from refused
    except GatewayError as error:
        log.warning("the gateway's answer to an attempt was lost", payment=opening.payment_number, error=str(error))
        _mark_lost(opening.payment_id)
        raise GatewaySilent from error
    try:
        answer = _write_answer(opening, opened)
    except UniqueViolation as taken:
        # An id that another payment has: nobody can tell which of the two its money would be for.
        log.exception("the gateway gave an invoice id twice", payment=opening.payment_number, invoice_id=opened.invoice_id)
        _mark_lost(opening.payment_id)
        raise GatewaySilent from taken
    if answer is None:
        raise PaymentSuperseded(opening.payment_number)
    return answer


def _request(opening: Opening, method: PaymentMethod) -> InvoiceRequest:
    base_url = config().app_base_url

    def page(name: str) -> str:
        return f"{base_url}/payment/{name}?token={opening.return_token}"

    return InvoiceRequest(
        payment_method_id=method.payment_method_id,
        amount=opening.amount,
        currency=opening.currency,
        invoice_number=opening.payment_number,
        customer=opening.customer,
        item_name=f"AltayarVIP {opening.order_number}",
        urls=ReturnUrls(
            success=page("success"),
            fail=page("fail"),
            pending=page("pending"),
            webhook=f"{base_url}/api/payments/fawaterk/webhook",
        ),
        pay_load={"payment_id": str(opening.payment_id), "order_number": opening.order_number},
        lang=opening.language,
        mobile_wallet_number=None if method.redirect else opening.customer.phone,
    )


@db.in_transaction
def _write_answer(tx: Transaction, opening: Opening, opened: OpenedInvoice) -> bytes | None:
    row = tx.row(
        """
        update payments set gateway_invoice_id = :invoice_id, gateway_invoice_key = :invoice_key,
               gateway_reference = :reference, payment_url = :payment_url, fawry_code = :fawry_code, qr_code = :qr_code,
               expires_at = :expires_at, updated_at = now()
        where id = :id returning status
        """,
        id=opening.payment_id,
        invoice_id=opened.invoice_id,
        invoice_key=opened.invoice_key,
        reference=opened.reference,
        payment_url=opened.payment_url,
        fawry_code=opened.fawry_code,
        qr_code=opened.qr_code,
        expires_at=opened.expires_at,
    )
    # A webhook can be faster than this answer: PAID is then what the payer should see.
    is_closed = row is None or row[0] in ("CANCELLED", "EXPIRED", "FAILED")
    return None if is_closed else tx.json(_ANSWER, id=opening.payment_id)


@db.in_transaction
def _close_refused(tx: Transaction, payment_id: UUID, message: str) -> None:
    locked = lock_payment(tx, payment_id)
    if locked is None or locked[1].status != "PENDING":
        return
    tx.run(
        """
        update payments set status = 'FAILED', error_message = :message, check_due_at = null, updated_at = now()
        where id = :id
        """,
        id=payment_id,
        message=message,
    )
    holds.release(tx, locked[0], payment_id)


@db.in_transaction
def _mark_lost(tx: Transaction, payment_id: UUID) -> None:
    tx.run("update payments set answer_lost_at = now(), updated_at = now() where id = :id", id=payment_id)


def _nothing_to_pay(tx: Transaction, order: LockedOrder) -> bytes:
    return tx.json(
        """
        select json_build_object(
            'payment_id', null, 'payment_number', null, 'order_number', order_number,
            'amount', money(0, currency), 'currency', currency, 'status', 'PAID',
            'points_used', 0, 'cashback_used', money(0, currency), 'wallet_used', money(0, currency),
            'payment_url', null, 'fawry_code', null, 'qr_code', null, 'reference', null, 'expires_at', null,
            'invoice_id', null, 'invoice_key', null)::text
        from orders where id = :id
        """,
        id=order.id,
    )
