"""Makes customers, orders, bookings and attempts with the library's own functions, without HTTP.

Each joins the transaction that is open, or makes one of its own.
"""

import uuid
from decimal import Decimal
from typing import Any
from uuid import UUID

from functions.bookings.schemas import NewBookingItem
from lib import audit, db, ledger
from lib.bookings import records as bookings
from lib.bookings.queries import booking_of_order
from lib.bookings.records import Details, NewBooking
from lib.db import Transaction
from lib.fawaterk.models import GatewayInvoice, GatewayTransaction, OpenedInvoice, Received
from lib.fawaterk.refunds import RefundState
from lib.holds import holding
from lib.holds.records import lock_holds
from lib.holds.splitting import Split
from lib.ledger.verifying import Disagreement, verify_batch
from lib.orders import records as orders
from lib.orders.drafting import Draft, amounts_of
from lib.orders.issuing import ensure_issued
from lib.orders.items import NewItem
from lib.orders.locks import LockedOrder, lock_order
from lib.payments import inserting
from lib.payments import records as payments
from lib.payments.gateway import Deadline
from lib.payments.locks import LockedPayment, ReviewReason, lock_payment
from lib.payments.manual import settle_at_once
from lib.payments.settling import flag, settle
from lib.refunds.matching import look_before
from lib.refunds.records import LockedRefund
from lib.reviews.resolving import Action, resolve
from tests.properties.instant_gateway import InstantGateway
from tests.support.balances import give

DETAILS = Details(
    booking_type="TRIP",
    title_ar=None,
    title_en="Siwa",
    description_ar=None,
    description_en=None,
    start_date=None,
    end_date=None,
    guest_count=1,
    guest_names="[]",
    customer_notes=None,
    internal_notes=None,
    booking_details="{}",
)
# One that stands in no table, for the rules that need none.
PAID_ORDER = LockedOrder(
    id=UUID(int=1),
    order_number="ORD-2026-000001",
    user_id=UUID(int=2),
    status="PAID",
    payment_status="PAID",
    currency="EGP",
    tax_amount=Decimal("42.00"),
    total_amount=Decimal("342.00"),
    amount_paid=Decimal("342.00"),
    amount_refunded=Decimal(0),
    booking_id=None,
    is_on_account=False,
)
# 4,000 points are worth 40.00.
ALL_THREE = Split(points=4000, points_value=Decimal(40), cashback=Decimal(20), wallet=Decimal(100))


@db.in_transaction
def a_customer(tx: Transaction, /, *, role: str = "CUSTOMER", **has: Any) -> UUID:
    """A customer with these balances."""
    (user_id,) = tx.column(
        UUID,
        """
        insert into users (email, password_hash, first_name, last_name, role) values (:email, '!', 'Mona', 'Adel', :role)
        returning id
        """,
        email=f"{uuid.uuid4()}@example.com",
        role=role,
    )
    give(str(user_id), **has)
    return user_id


def an_actor(role: str = "ADMIN") -> audit.Actor:
    """A member of staff, with their address."""
    return audit.Actor(a_customer(role=role), role, "192.0.2.1", str(uuid.uuid4()))


def as_caller(customer: UUID, role: str = "CUSTOMER") -> audit.Actor:
    """A customer who is signed in, with their address."""
    return audit.Actor(customer, role, "192.0.2.1", str(uuid.uuid4()))


def draft_of(customer: UUID, price: str = "342", **fields: Any) -> Draft:
    """A draft of one thing at this price, without tax unless the fields say so."""
    item = NewItem(description_en="Tour", quantity=Decimal(1), unit_price=Decimal(price))
    given = {"tax_rate": Decimal(0), "discount_amount": Decimal(0), "currency": "EGP", "items": [item], **fields}
    return Draft(user_id=customer, order_type="SERVICE", **given)


@db.in_transaction
def a_draft(tx: Transaction, /, customer: UUID, price: str = "342", **fields: Any) -> LockedOrder:
    """An order that is not issued yet."""
    draft = draft_of(customer, price, **fields)
    return orders.insert_draft(tx, draft, amounts_of(draft), created_by=customer)


@db.in_transaction
def an_order(tx: Transaction, /, customer: UUID, price: str = "342", **fields: Any) -> LockedOrder:
    """An order that can be paid."""
    return ensure_issued(tx, a_draft(customer, price, **fields))


@db.in_transaction
def a_booked_draft(tx: Transaction, customer: UUID, price: str = "342", *, is_priced: bool = True) -> LockedOrder:
    """An order that is not issued yet, with its booking."""
    item = NewBookingItem(description_en="Tour", quantity=Decimal(1), unit_price=Decimal(price))
    order = a_draft(customer, price, items=[item])
    new = NewBooking(
        order_id=order.id, user_id=customer, created_by=customer, source="SELF", is_priced=is_priced, details=DETAILS
    )
    bookings.insert(tx, new)
    return lock_order(tx, order.id)


@db.in_transaction
def a_booked_order(tx: Transaction, customer: UUID, price: str = "342") -> LockedOrder:
    """A booking's order that can be paid."""
    return ensure_issued(tx, a_booked_draft(customer, price))


@db.in_transaction
def booking_status(tx: Transaction, order: LockedOrder) -> str:
    """The status of an order's booking."""
    return tx.column(str, "select status from bookings where order_id = :id", id=order.id)[0]


@db.in_transaction
def call_off(tx: Transaction, order: LockedOrder) -> None:
    """Cancel the booking of an order as staff do, and leave the order as it is."""
    booking = booking_of_order(tx, order.id)
    assert booking is not None
    actor = an_actor()
    bookings.move(tx, booking, "CANCELLED", reason="ill", by_user_id=actor.user_id)
    audit.record(tx, actor, "move", "booking", booking.id, after={"status": "CANCELLED"})


@db.in_transaction
def an_attempt(
    tx: Transaction,
    order: LockedOrder,
    split: Split | None = None,
    *,
    is_answered: bool = True,
    is_held_for_order: bool = False,
) -> LockedPayment:
    """An open attempt to pay an order: the split from balances, and the rest at the gateway.

    `is_held_for_order`: the order itself held the split before.
    """
    split = split or Split()
    if is_held_for_order:
        held, for_order = holding.hold_split(tx, order, lock_holds(tx, order), split, payment_id=None, is_for_order=True)
        ledger.post(tx, held.wallet, for_order)
    amount = order.remaining - split.value
    attempt = inserting.insert_attempt(tx, order, split, amount=amount, method_id=2, method_name="Card")
    held, transactions = holding.hold_split(tx, order, lock_holds(tx, order), split, payment_id=attempt.id)
    ledger.post(tx, held.wallet, transactions)
    if is_answered:
        payments.write_opened_invoice(tx, attempt.id, an_opened_invoice())
    return lock_payment(tx, attempt.id)[1]


def an_opened_invoice() -> OpenedInvoice:
    """The gateway's answer to an attempt, with ids that no other invoice has."""
    number = str(uuid.uuid4())
    return OpenedInvoice(
        invoice_id=number,
        invoice_key=f"key-{number}",
        payment_url="https://example.com/pay",
        fawry_code=None,
        qr_code=None,
        reference=None,
        expires_at=None,
    )


def shown_by_gateway(
    payment: LockedPayment, amount: str | None = None, currency: str | None = None, *, paid: bool = True
) -> GatewayInvoice:
    """A payment's invoice as the gateway shows it: paid with what was asked for, or with other values given here."""
    received = Received(Decimal(amount) if amount else payment.amount, currency or payment.currency)
    transaction = GatewayTransaction(
        amount=received.amount, currency=received.currency, paid_with_it=paid, status=None, reference=None
    )
    return GatewayInvoice(
        invoice_id=str(payment.gateway_invoice_id),
        invoice_key=None,
        paid=paid,
        total=payment.amount,
        currency=payment.currency,
        payment_method="Card",
        paid_at=None,
        status_text="paid" if paid else "unpaid",
        pay_load=None,
        transactions=[transaction],
    )


@db.in_transaction
def a_settled_payment(tx: Transaction, order: LockedOrder, split: Split | None = None) -> LockedPayment:
    """A payment of all that is left of an order, from balances by the split and the rest at the gateway."""
    payment = an_attempt(order, split)
    assert settle(tx, payment.id, shown_by_gateway(payment)).status == "processed"
    return lock_payment(tx, payment.id)[1]


@db.in_transaction
def pay_at_the_desk(tx: Transaction, order: LockedOrder) -> None:
    """Pay all that is left of an order in cash."""
    settle_at_once(tx, an_actor(), order, Split(), rest_by_hand=True)


@db.in_transaction
def flagged(tx: Transaction, payment: LockedPayment, reason: ReviewReason = "AMOUNT_DIFFERS") -> LockedPayment:
    """A payment that is in review."""
    flag(tx, payment, reason)
    return lock_payment(tx, payment.id)[1]


@db.in_transaction
def a_decided_payment(
    tx: Transaction, order: LockedOrder, arrived: str, currency: str, action: Action, counted: str | None = None
) -> LockedPayment:
    """A payment of another amount than was asked for, about which a person has decided."""
    payment = an_attempt(order)
    assert settle(tx, payment.id, shown_by_gateway(payment, arrived, currency)).status == "review"
    resolve(payment.id, an_actor(), action, "seen", Decimal(counted) if counted else None)
    return lock_payment(tx, payment.id)[1]


@db.in_transaction
def order_now(tx: Transaction, order: LockedOrder) -> LockedOrder:
    """An order as it is now."""
    return lock_order(tx, order.id)


@db.in_transaction
def payment_now(tx: Transaction, payment_id: UUID) -> LockedPayment:
    """A payment as it is now."""
    return lock_payment(tx, payment_id)[1]


def disagreements_of(customer: UUID) -> list[Disagreement]:
    """What verifying the ledger finds wrong for a customer."""
    return verify_batch(UUID(int=customer.int - 1), 1).disagreements


@db.in_transaction
def ledger_of(tx: Transaction, customer: UUID) -> dict[tuple[str, str], Decimal]:
    """The balances of a customer's accounts that are not 0, by kind and currency."""
    rows = tx.run("select kind, currency, balance from ledger_accounts where user_id = :id and balance <> 0", id=customer)
    return {(kind, currency): balance for kind, currency, balance in rows}


def the_gateway_decides(gateway: InstantGateway, order: LockedOrder, state: RefundState = "APPROVED") -> None:
    """Let the gateway decide about every request for a refund, and look at its list."""
    gateway.decide(state)
    look_before(order.id, Deadline())


@db.in_transaction
def refunds_of(tx: Transaction, order: LockedOrder) -> list[LockedRefund]:
    """The refunds of an order, in the order of their numbers."""
    return tx.all(LockedRefund, "select :row from refunds where order_id = :id order by refund_number", id=order.id)


@db.in_transaction
def credit_notes_of(tx: Transaction, order: LockedOrder) -> list[tuple[str, str]]:
    """The credit notes of an order: the amount of each, and the tax in it."""
    rows = tx.run(
        """
        select snapshot ->> 'amount', snapshot ->> 'tax_amount' from credit_notes where order_id = :id
        order by credit_note_number
        """,
        id=order.id,
    )
    return [(amount, tax) for amount, tax in rows]
