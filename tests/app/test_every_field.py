"""No field that the app sends to change something is dropped: it shows afterwards, or is refused by name.

Each is sent alone beside what the screen had filled in. What the contract lets count for nothing says so in its own words.
"""

import secrets as randomness

import pytest

from lib.config import default_currency
from tests.app.client import balances, paying, people, sales
from tests.app.client.calls import good
from tests.app.client.outcomes import Nothing, Outcome, Refused, Row, Shows, held
from tests.app.client.sales import booking_of, order_of
from tests.support.balances import give
from tests.support.clients import System
from tests.support.currencies import OTHER_CURRENCY
from tests.support.money import Desk, open_desk
from tests.support.people import make_person

OTHER_ITEMS = [{"description_en": "Felucca", "description_ar": "Felucca", "quantity": 1, "unit_price": 90}]


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


# --- People -----------------------------------------------------------------------------------------------------------

OF_USER: dict[str, tuple[object, Outcome]] = {
    "username": ("somebody_else", Nothing("read-only and ignored")),
    "first_name": ("Nour", Shows("first_name", "Nour")),
    "last_name": ("Adel", Shows("last_name", "Adel")),
    "email": ("other-{}@example.com", Shows("email", "other-{}@example.com")),
    "phone": ("+20 100 200-3004", Shows("phone", "+201002003004")),
    "gender": ("FEMALE", Shows("gender", "FEMALE")),
    "country": ("Egypt", Shows("country", "Egypt")),
    "role": ("EMPLOYEE", Shows("role", "EMPLOYEE")),
    "status": ("SUSPENDED", Shows("status", "SUSPENDED")),
    "membership_id": ("vip-{}", Shows("membership_id_display", "ALT-vip-{}")),
    "avatar": (None, Nothing("null clears; our own URL is no change")),
    "plan_id": ("7d0c3f0a-0000-4000-8000-000000000000", Refused(422, "plan_id")),
    "plan_start_date": ("2047-01-01", Refused(422, "plan_start_date")),
}


@pytest.mark.parametrize("field", OF_USER)
def test_a_field_of_the_edit_screen_of_an_account(desk: Desk, field: str) -> None:
    given, outcome = OF_USER[field]
    unique = randomness.token_hex(4)
    if isinstance(given, str):
        given = given.format(unique)
    if isinstance(outcome, Shows):
        outcome = Shows(outcome.name, str(outcome.value).format(unique))
    boss = make_person(desk.system, "SUPER_ADMIN").client
    form = people.edit_user_form(good(people.user_details(boss, desk.customer.id)))

    def read() -> Row:
        return dict(good(people.user_details(boss, desk.customer.id))["user"])

    held(outcome, read, lambda: people.change_user(boss, desk.customer.id, {**form, field: given}))


def test_the_edit_screen_of_an_account_sends_nothing_else(desk: Desk) -> None:
    assert people.edit_user_form(good(people.user_details(desk.admin.client, desk.customer.id))).keys() == OF_USER.keys()


OF_PROFILE: dict[str, tuple[object, Outcome]] = {
    "first_name": ("Nour", Shows("first_name", "Nour")),
    "last_name": ("Adel", Shows("last_name", "Adel")),
    "phone": ("", Shows("phone", None)),
    "gender": ("FEMALE", Shows("gender", "FEMALE")),
    "country": ("Egypt", Shows("country", "Egypt")),
    "language": ("ar", Shows("language", "ar")),
    "avatar": (None, Nothing("absent, or our URL")),
}


@pytest.mark.parametrize("field", OF_PROFILE)
def test_a_field_of_ones_own_profile(desk: Desk, field: str) -> None:
    given, outcome = OF_PROFILE[field]
    own = desk.customer.client
    held(outcome, lambda: dict(good(people.profile(own))), lambda: people.change_profile(own, **{field: given}))


def test_who_looks_after_a_customer_and_a_role_are_changed_by_their_own_calls(desk: Desk) -> None:
    boss, whose = make_person(desk.system, "SUPER_ADMIN").client, desk.customer.id

    def read() -> Row:
        return dict(good(people.user_details(boss, whose))["user"])

    looked_after = Shows("assigned_employee_id", desk.employee.id)
    held(looked_after, read, lambda: people.assign_employee(boss, whose, desk.employee.id))
    held(Shows("assigned_employee_id", None), read, lambda: people.assign_employee(boss, whose, None))
    held(Refused(422, "employee_id"), read, lambda: people.assign_employee(boss, whose, whose))
    held(Shows("role", "EMPLOYEE"), read, lambda: people.change_role(boss, whose, "EMPLOYEE"))
    held(Refused(422, "new_role"), read, lambda: people.change_role(boss, whose, "CAPTAIN"))


# --- Orders -----------------------------------------------------------------------------------------------------------

_UNASKED = "the rest is what the form sends unasked"
OF_DRAFT: dict[str, tuple[object, Outcome]] = {
    "user_id": (None, Refused(422, "user_id")),
    "items": (OTHER_ITEMS, Shows("subtotal", 90)),
    "notes_en": ("Bring a hat", Shows("notes_en", "Bring a hat")),
    "points_to_use": (1000, Shows("points_held", 1000)),
    "wallet_to_use": (20, Shows("amount_held", 20)),
    "cashback_to_use": (5, Shows("amount_held", 5)),
    "tax_rate": (5, Shows("tax_rate", 5)),
    "currency": (OTHER_CURRENCY, Shows("currency", OTHER_CURRENCY)),
    "discount_amount": (10, Shows("discount_amount", 10)),
    "is_free": (True, Shows("payment_status", "PAID")),
    "payment_status": ("PAID", Shows("amount_paid", 342)),
    "notes_ar": ("أحضر قبعة", Shows("notes_ar", "أحضر قبعة")),
    "due_date": ("2047-01-01", Shows("due_date", "2047-01-01")),
    "order_type": ("EXTRA", Shows("order_type", "EXTRA")),
}
FREE_WHEN_ISSUED = ("notes_en", "notes_ar", "due_date", "payment_status", "user_id")
CALLED_BALANCES = ("points_to_use", "wallet_to_use", "cashback_to_use")


def of_issued(field: str) -> tuple[object, Outcome]:
    """The same field sent to an issued order: most of it stands on the invoice."""
    given, outcome = OF_DRAFT[field]
    if field in FREE_WHEN_ISSUED:
        return given, outcome
    return given, Refused(409, "balances" if field in CALLED_BALANCES else field)


def send_to_order(desk: Desk, order: Row, field: str, given: object, outcome: Outcome) -> None:
    admin = desk.admin.client
    if field == "user_id":
        given = make_person(desk.system, "CUSTOMER").id
    form = sales.order_form(desk.customer.id, default_currency(), payment_status=order["payment_status"])

    def read() -> Row:
        return dict(good(sales.one_order(admin, order["id"])))

    held(outcome, read, lambda: sales.change_order(admin, order["id"], {**form, field: given}))


@pytest.mark.parametrize("field", OF_DRAFT)
def test_a_field_of_a_draft(desk: Desk, field: str) -> None:
    give(desk.customer.id, wallet="50", cashback="10", points=2000)
    send_to_order(desk, order_of(desk), field, *OF_DRAFT[field])


@pytest.mark.parametrize("field", OF_DRAFT)
def test_a_field_of_an_issued_order(desk: Desk, field: str) -> None:
    give(desk.customer.id, wallet="50", cashback="10", points=2000)
    order = order_of(desk)
    assert desk.admin.client.post(f"/api/orders/{order['id']}/issue").status == 200
    send_to_order(desk, order, field, *of_issued(field))


@pytest.mark.parametrize("field", OF_DRAFT)
def test_a_field_of_a_paid_order(desk: Desk, field: str) -> None:
    """Nothing of it changes, and the words say that it is paid."""
    order = order_of(desk, payment_status="PAID")
    given, _ = OF_DRAFT[field]
    send_to_order(desk, order, field, given, Refused(409, "PAID"))


def test_what_the_order_form_sends_unasked_changes_nothing_of_an_issued_order(desk: Desk) -> None:
    """Its discount, tax and balances are what the screen sends for any order, whatever they are."""
    order = order_of(desk, discount_amount=10, tax_rate=5)
    assert desk.admin.client.post(f"/api/orders/{order['id']}/issue").status == 200
    send_to_order(desk, order, "notes_en", "", Nothing(_UNASKED))


def test_the_order_form_sends_nothing_else() -> None:
    assert sales.order_form("", "").keys() <= OF_DRAFT.keys()


# --- Bookings ---------------------------------------------------------------------------------------------------------

_HOW = "how a MANUAL payment was made"
_NO_ACTION = "the amount without an action is nothing"
OF_BOOKING: dict[str, tuple[object, Outcome]] = {
    "user_id": (None, Refused(422, "user_id")),
    "booking_type": ("TRIP", Shows("booking_type", "TRIP")),
    "destination": ("Siwa", Shows("title_en", "HOTEL: Siwa")),
    "start_date": ("2047-05-02", Shows("start_date", "2047-05-02")),
    "end_date": ("2047-05-09", Shows("end_date", "2047-05-09")),
    "num_persons": (3, Shows("guest_count", 3)),
    "notes": ("A window", Shows("customer_notes", "A window")),
    "original_price": (300, Shows("subtotal", 300)),
    "discount": (60, Shows("discount_amount", 60)),
    "currency": (OTHER_CURRENCY, Shows("currency", OTHER_CURRENCY)),
    "payment_status": ("PAID", Shows("payment_status", "PAID")),
    "payment_method": ("CASH", Nothing(_HOW)),
    "wallet_to_use": (20, Shows("amount_paid", 20)),
    "points_action": ("ADD", Refused(422, "points_amount")),
    "points_amount": (50, Nothing(_NO_ACTION)),
    "points_reason": ("Goodwill", Nothing(_NO_ACTION)),
}
FIXED_WHEN_PAID = ("booking_type", "original_price", "discount", "currency")


def send_to_booking(desk: Desk, booking: Row, field: str, given: object, outcome: Outcome) -> None:
    admin = desk.admin.client
    if field == "user_id":
        given = make_person(desk.system, "CUSTOMER").id

    def read() -> Row:
        return dict(good(sales.one_booking(admin, booking["id"])))

    form = {**sales.edit_booking_form(read()), field: given}
    held(outcome, read, lambda: sales.change_booking(admin, booking["id"], form))


@pytest.mark.parametrize("field", OF_BOOKING)
def test_a_field_of_a_booking(desk: Desk, field: str) -> None:
    give(desk.customer.id, wallet="50")
    send_to_booking(desk, booking_of(desk), field, *OF_BOOKING[field])


@pytest.mark.parametrize("field", OF_BOOKING)
def test_a_field_of_a_booking_of_which_something_is_paid(desk: Desk, field: str) -> None:
    give(desk.customer.id, wallet="50")
    given, outcome = OF_BOOKING[field]
    if field in FIXED_WHEN_PAID:
        outcome = Refused(409, "paid")
    if field == "wallet_to_use":
        outcome = Shows("amount_paid", 40)
    send_to_booking(desk, booking_of(desk, wallet_to_use=20), field, given, outcome)


@pytest.mark.parametrize("status", ["PARTIALLY_PAID", "REFUNDED", "PARTIAL", "CANCELLED"])
def test_a_booking_is_marked_as_nothing_but_paid(desk: Desk, status: str) -> None:
    send_to_booking(desk, booking_of(desk), "payment_status", status, Refused(422, "payment_status"))


def test_points_of_the_booking_form_are_added_with_their_reason(desk: Desk) -> None:
    booking = booking_of(desk)
    form = sales.edit_booking_form(booking, points_action="ADD", points_amount=50, points_reason="Goodwill")
    good(sales.change_booking(desk.admin.client, booking["id"], form))
    (row,) = good(balances.points_history(desk.admin.client, desk.customer.id))["transactions"]
    assert (row["points"], row["description_en"]) == (50, "Goodwill")


def test_the_booking_form_sends_nothing_else() -> None:
    assert sales.booking_form("", "").keys() == OF_BOOKING.keys()


def test_a_booking_is_moved_with_its_reason(desk: Desk) -> None:
    admin, booking = desk.admin.client, booking_of(desk)

    def read() -> Row:
        return dict(good(sales.one_booking(admin, booking["id"])))

    held(Refused(409, "confirm"), read, lambda: sales.move_booking(admin, booking["id"], "COMPLETED"))
    held(Refused(422, "status"), read, lambda: sales.move_booking(admin, booking["id"], "LOST"))
    held(Shows("status", "CONFIRMED"), read, lambda: sales.move_booking(admin, booking["id"], "CONFIRMED"))
    held(Shows("status", "CANCELLED"), read, lambda: sales.move_booking(admin, booking["id"], "CANCELLED", "Ill"))
    assert "Ill" in [event["reason"] for event in read()["history"]]


def test_a_paid_attempt_leaves_the_form_of_its_order_refused(desk: Desk) -> None:
    """The gateway's money counts as any other."""
    order = order_of(desk)
    opened = good(paying.pay_now(desk.customer.client, order_id=order["id"]))
    desk.happens(opened["invoice_id"], "paid")
    send_to_order(desk, good(sales.one_order(desk.admin.client, order["id"])), "notes_en", "Late", Refused(409, "PAID"))
