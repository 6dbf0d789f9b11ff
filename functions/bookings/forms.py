"""The app's form of a booking for staff: one price, a destination, and how it is paid."""

from decimal import Decimal
from uuid import UUID

from functions.bookings.making import details_of, draft_of, require_consistent, require_to_come
from functions.bookings.schemas import BookingForm, BookingPayment, NewBooking, NewBookingItem
from lib import audit, db, ledger
from lib.approvals import lock_asking
from lib.audit import Actor
from lib.bookings import records as bookings
from lib.config import config
from lib.db import Transaction
from lib.errors import Invalid
from lib.holds.splitting import Split
from lib.loyalty import adding
from lib.loyalty.adding import Change
from lib.loyalty.asking import ask_for_addition
from lib.models import LONGEST_TITLE
from lib.money import DECIMALS, is_exact
from lib.orders import records as orders
from lib.orders.drafting import amounts_of, require_may_give_away, require_printable, require_user
from lib.orders.locks import LockedOrder, lock_order
from lib.payments.manual import settle_at_once
from lib.payments.minimum import refuse_small_remainder
from lib.security.rights import refuse_own_account, require_administrator


@db.in_transaction
def make(tx: Transaction, actor: Actor, form: BookingForm) -> UUID:
    """Make a booking as the form describes it, and take what it says is paid; the booking's id.

    Raises Invalid, CustomerInactive, OwnAccount, InsufficientBalance, or Forbidden if only an administrator may do what it
    asks for.
    """
    refuse_own_account(actor.user_id, form.user_id)
    require_rights(actor, form)
    require_user(tx, form.user_id)
    if form.payment_status == "PARTIAL" and form.wallet_to_use == 0:
        message = "says how much of it is paid: name what the wallet pays, or choose UNPAID or PAID"
        raise Invalid.field(["body", "wallet_to_use"], message)
    new = _as_booking(form)
    require_consistent(new)
    require_to_come(new)
    draft = draft_of(new, form.user_id)
    require_printable(draft)
    amounts = amounts_of(draft)
    require_may_give_away(actor.role, amounts)
    if form.points_action == "ADD":
        lock_asking(tx, form.user_id)
    order = orders.insert_draft(tx, draft, amounts, created_by=actor.user_id)
    booking_id = bookings.insert(
        tx,
        bookings.NewBooking(
            order_id=order.id,
            user_id=form.user_id,
            created_by=actor.user_id,
            source="AGENT" if actor.role == "AGENT" else "ADMIN",
            is_priced=True,
            details=details_of(new),
        ),
    )
    made = {"total_amount": amounts.total_amount, "user_id": form.user_id}
    audit.record(tx, actor, "create", "booking", booking_id, after=made)
    pay_and_change_points(tx, actor, booking_id, order.id, form)
    return booking_id


def require_rights(actor: Actor, form: BookingPayment) -> None:
    """Raise Forbidden if only an administrator may mark a booking as paid, or use or change balances as this form does."""
    if form.payment_status == "PAID":
        require_administrator(actor.role, "mark a booking as paid")
    if form.wallet_to_use > 0:
        require_administrator(actor.role, "use a customer's wallet")
    if form.points_action is not None:
        require_administrator(actor.role, "add or remove points")


def pay_and_change_points(tx: Transaction, actor: Actor, booking_id: UUID, order_id: UUID, form: BookingPayment) -> None:
    """Take what the form says is paid, and add or remove the points that it names.

    Many points wait for another administrator, and the booking is paid all the same. Raises NotFound, CustomerInactive,
    Invalid, IllegalMove, InsufficientBalance or PaymentInReview.
    """
    # The booking is there now, and what pays the order refers to it.
    order = lock_order(tx, order_id)
    change = _points_change(order, booking_id, form)
    # This is asked before anything locks the wallet.
    points = Decimal(form.points_amount)
    is_added = form.points_action == "ADD" and not ask_for_addition(tx, actor, "ADD_POINTS", change, points)
    _pay(tx, actor, order, form)
    if is_added:
        adding.add_points(tx, actor, change, form.points_amount)
    elif form.points_action == "DEDUCT":
        adding.remove_points(tx, actor, change, form.points_amount)


def _points_change(order: LockedOrder, booking_id: UUID, form: BookingPayment) -> Change:
    if form.points_action is not None and form.points_amount == 0:
        raise Invalid.field(["body", "points_amount"], f"must be above 0 to {form.points_action.lower()} points")
    reason = form.points_reason or None
    return Change(user_id=order.user_id, reason=reason, reason_ar=reason, reference=ledger.Reference("BOOKING", booking_id))


def _pay(tx: Transaction, actor: Actor, order: LockedOrder, form: BookingPayment) -> None:
    """Take from the wallet what the form names, and by hand the rest if it says PAID."""
    is_paid = form.payment_status == "PAID"
    from_wallet = order.remaining if is_paid and form.payment_method == "WALLET" else form.wallet_to_use
    if not is_paid and from_wallet == 0:
        return
    if from_wallet > 0:
        _require_payable_from_wallet(order, from_wallet)
    if not is_paid:
        refuse_small_remainder(tx, order, from_wallet, "wallet_to_use")
    settle_at_once(tx, actor, order, Split(wallet=from_wallet), rest_by_hand=is_paid, note=form.payment_method)


def _require_payable_from_wallet(order: LockedOrder, amount: Decimal) -> None:
    currency = config().loyalty.currency
    if order.currency != currency:
        message = f"must be 0: wallets are kept in {currency} and can't pay a booking in {order.currency}"
        raise Invalid.field(["body", "wallet_to_use"], message)
    if not is_exact(amount, currency):
        message = f"must have at most {DECIMALS[currency]} decimals in {currency}"
        raise Invalid.field(["body", "wallet_to_use"], message, "decimals")
    if amount > order.remaining:
        message = f"must be at most {order.remaining} {currency}, which is left to pay"
        raise Invalid.field(["body", "wallet_to_use"], message)


def _as_booking(form: BookingForm) -> NewBooking:
    # Its fields were checked as the form's.
    return NewBooking.model_construct(
        user_id=form.user_id,
        booking_type=form.booking_type,
        title_en=title_of(form.booking_type, form.destination),
        title_ar=title_of(form.booking_type, form.destination),
        start_date=form.start_date,
        end_date=form.end_date,
        guest_count=form.num_persons,
        customer_notes=form.notes or None,
        items=[one_item(form.destination, form.num_persons, form.original_price)],
        discount_amount=form.discount,
        tax_rate=Decimal(0),
        currency=form.currency,
    )


def title_of(booking_type: str, destination: str) -> str:
    """The title that the app's form gives a booking, in both languages. Raises Invalid if it would be too long for one."""
    title = f"{booking_type}: {destination}"
    if len(title) > LONGEST_TITLE:
        most = LONGEST_TITLE - len(f"{booking_type}: ")
        raise Invalid.field(["body", "destination"], f"must have at most {most} characters")
    return title


def destination_in(title: str) -> str:
    """What the app's form shows as the destination: what stands between the first and the second ": ", or all of it."""
    parts = title.split(": ")
    return (parts[1] if len(parts) > 1 else "") or title


def one_item(destination: str, persons: int, price: Decimal) -> NewBookingItem:
    """The line of a booking that has one price for all of it."""
    return NewBookingItem(
        item_type="service",
        description_en=f"{destination}, {persons} persons" if persons > 1 else f"{destination}, 1 person",
        description_ar=f"{destination}، عدد الأفراد {persons}",
        quantity=Decimal(1),
        unit_price=price,
    )
