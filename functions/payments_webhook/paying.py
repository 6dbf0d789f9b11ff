"""Paying from the app's screens: an order or a booking of the caller, or a sum on account."""

from decimal import Decimal
from uuid import UUID

from functions.payments_webhook.schemas import PaymentToCreate, QuickPayment
from lib import db
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import Invalid, require_found
from lib.money import DECIMALS, is_exact
from lib.orders import records
from lib.orders.drafting import Draft, amounts_of, require_user
from lib.orders.items import NewItem
from lib.payments.allowance import refuse_too_many_of_customer
from lib.payments.minimum import smallest_payable
from lib.payments.opening import pay
from lib.payments.queries import pay_response

# As the app's screen has it. In other currencies the gateway's smallest amount counts.
LEAST_ON_ACCOUNT = {"EGP": Decimal(10)}
AGAIN_MINUTES = 10


def create_payment(actor: Actor, asked: PaymentToCreate) -> bytes:
    """Open a payment of what is left of the caller's own order or booking, and return the response.

    Raises NotFound, and what `pay` raises.
    """
    order_id = _own_order(actor, asked)
    return pay_response(order_id, pay(order_id, actor, asked.payment_method_id, None))


def _own_order(actor: Actor, asked: PaymentToCreate) -> UUID:
    order_id = db.read.first_value(
        UUID,
        """
        select o.id from orders o left join bookings b on b.order_id = o.id
        where (o.id = :order_id or b.id = :booking_id) and o.user_id = :caller_id
        """,
        order_id=asked.order_id,
        booking_id=asked.booking_id,
        caller_id=actor.user_id,
    )
    return require_found(order_id, "order" if asked.booking_id is None else "booking")


def pay_on_account(actor: Actor, asked: QuickPayment) -> bytes:
    """Open a payment of a sum for which nothing was sold yet, and return the response.

    The app never sends an Idempotency-Key. So the same sum again within AGAIN_MINUTES is the same order, until it is paid.
    Raises Invalid, CustomerInactive, and what `pay` raises.
    """
    order_id = _find_or_make_order(actor, asked)
    return pay_response(order_id, pay(order_id, actor, asked.payment_method_id, None))


@db.in_transaction
def _find_or_make_order(tx: Transaction, actor: Actor, asked: QuickPayment) -> UUID:
    _require_enough(tx, asked)
    require_user(tx, actor.user_id)
    # Two taps at once are one order.
    tx.run("select pg_advisory_xact_lock(hashtextextended('on-account:' || :user_id, 0))", user_id=str(actor.user_id))
    open_id = tx.first_value(
        UUID,
        """
        select id from orders
        where is_on_account and payment_status = 'UNPAID' and status in ('DRAFT', 'ISSUED')
          and user_id = :user_id and currency = :currency and total_amount = :amount
          and created_at > now() - make_interval(mins => :minutes::integer)
        order by created_at desc limit 1
        """,
        user_id=actor.user_id,
        currency=asked.currency,
        amount=asked.amount,
        minutes=AGAIN_MINUTES,
    )
    if open_id is not None:
        return open_id
    # Asked before there is an order that nobody could pay.
    refuse_too_many_of_customer(tx, actor)
    return _make_order(tx, actor, asked)


def _require_enough(tx: Transaction, asked: QuickPayment) -> None:
    if not is_exact(asked.amount, asked.currency):
        message = f"must have at most {DECIMALS[asked.currency]} decimals in {asked.currency}"
        raise Invalid.field(["body", "amount"], message, "decimals")
    least = LEAST_ON_ACCOUNT.get(asked.currency) or smallest_payable(tx, asked.currency)
    if asked.amount < least:
        raise Invalid.field(["body", "amount"], f"must be at least {least} {asked.currency}")


def _make_order(tx: Transaction, actor: Actor, asked: QuickPayment) -> UUID:
    draft = Draft(
        user_id=actor.user_id,
        order_type="OTHER",
        items=[
            NewItem(
                description_en="Payment on account",
                description_ar="دفعة تحت الحساب",
                quantity=Decimal(1),
                unit_price=asked.amount,
            )
        ],
        tax_rate=Decimal(0),
        discount_amount=Decimal(0),
        currency=asked.currency,
        is_on_account=True,
    )
    return records.insert_draft(tx, draft, amounts_of(draft), created_by=actor.user_id).id
