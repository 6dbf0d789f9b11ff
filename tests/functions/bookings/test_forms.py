"""The app's form of a booking: every field that it sends is applied, or refused by name."""

from decimal import Decimal
from typing import Any

import pytest

from tests.contract.test_every_route import BOOKING_FORM
from tests.functions.bookings.trips import PATH, Agency
from tests.support.balances import Balances, balances, give
from tests.support.clients import Reply


def form(agency: Agency, **fields: Any) -> dict[str, Any]:
    return {"user_id": agency.customer.id, **BOOKING_FORM, **fields}


def ask(agency: Agency, **fields: Any) -> Reply:
    return agency.admin.client.post(f"{PATH}/manual-create", form(agency, **fields))


def make(agency: Agency, **fields: Any) -> dict[str, Any]:
    reply = ask(agency, **fields)
    assert reply.status == 201, reply.text
    return dict(reply.json)


def as_edited(booking: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The body of the edit screen, filled in with what it read."""
    parts = booking["title_en"].split(": ")
    filled = {
        "user_id": booking["user_id"],
        "booking_type": booking["booking_type"],
        "destination": parts[1] if len(parts) > 1 else booking["title_en"],
        "start_date": booking["start_date"],
        "end_date": booking["end_date"],
        "num_persons": booking["guest_count"],
        "notes": booking["customer_notes"] or "",
        "original_price": booking["subtotal"],
        "discount": booking["discount_amount"],
        "currency": booking["currency"],
        "payment_status": booking["payment_status"],
        "payment_method": "MANUAL",
        "wallet_to_use": 0,
        "points_action": None,
        "points_amount": 0,
        "points_reason": None,
    }
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in {**filled, **fields}.items()}


def edit(agency: Agency, booking: dict[str, Any], **fields: Any) -> Reply:
    now = agency.read(booking)
    return agency.admin.client.put(f"{PATH}/{booking['id']}", as_edited(now, **fields))


def stands(booking: dict[str, Any]) -> tuple[str, str, str, str]:
    return booking["status"], booking["payment_status"], str(booking["total_amount"]), str(booking["amount_paid"])


def methods_of(agency: Agency, booking: dict[str, Any]) -> list[tuple[str, str]]:
    rows = agency.desk.run(
        "select payment_method, trim_scale(amount)::text from payments where order_id = :id order by payment_number",
        id=booking["order_id"],
    )
    return [(method, amount) for method, amount in rows]


def test_a_booking_has_one_price_without_tax_and_says_where_it_goes(agency: Agency) -> None:
    made = make(agency, discount=20, notes="Vegetarian")
    assert (made["title_en"], made["title_ar"], made["booking_source"]) == ("TRIP: Luxor", "TRIP: Luxor", "ADMIN")
    amounts = [str(made[name]) for name in ("subtotal", "discount_amount", "tax_amount", "total_amount", "amount_due")]
    assert amounts == ["100.00", "20.00", "0.00", "80.00", "80.00"]
    assert (made["guest_count"], made["customer_notes"], made["priced"]) == (2, "Vegetarian", True)
    (item,) = made["items"]
    assert (item["item_type"], item["description_en"]) == ("service", "Luxor, 2 persons")
    assert stands(made) == ("PENDING", "UNPAID", "80.00", "0.00")


@pytest.mark.parametrize(
    ("fields", "stood", "methods", "wallet"),
    [
        ({"payment_status": "PAID"}, ("CONFIRMED", "PAID", "100.00", "100.00"), [("MANUAL", "100")], "150.00"),
        (
            {"payment_status": "PAID", "payment_method": "CARD", "wallet_to_use": 30},
            ("CONFIRMED", "PAID", "100.00", "100.00"),
            [("BALANCE", "30"), ("MANUAL", "70")],
            "120.00",
        ),
        (
            {"payment_status": "PAID", "payment_method": "WALLET"},
            ("CONFIRMED", "PAID", "100.00", "100.00"),
            [("BALANCE", "100")],
            "50.00",
        ),
        (
            {"payment_status": "PARTIAL", "wallet_to_use": 30},
            ("PENDING", "PARTIALLY_PAID", "100.00", "30.00"),
            [("BALANCE", "30")],
            "120.00",
        ),
        ({"wallet_to_use": 30}, ("PENDING", "PARTIALLY_PAID", "100.00", "30.00"), [("BALANCE", "30")], "120.00"),
        ({"payment_method": "WALLET"}, ("PENDING", "UNPAID", "100.00", "0.00"), [], "150.00"),
    ],
)
def test_what_the_form_says_is_paid_is_paid(
    agency: Agency, fields: dict[str, Any], stood: tuple[str, ...], methods: list[tuple[str, str]], wallet: str
) -> None:
    give(agency.customer.id, wallet="150")
    made = make(agency, **fields)
    assert stands(made) == stood
    assert (methods_of(agency, made), balances(agency.customer.id).wallet) == (methods, wallet)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"discount": 101}, "discount_amount"),
        ({"payment_status": "PARTIAL"}, "wallet_to_use"),
        ({"wallet_to_use": 101}, "wallet_to_use"),
        ({"wallet_to_use": "0.001"}, "wallet_to_use"),
        ({"wallet_to_use": 96}, "wallet_to_use"),
        ({"currency": "USD", "wallet_to_use": 1}, "wallet_to_use"),
        ({"points_action": "ADD"}, "points_amount"),
        ({"end_date": "2047-04-30"}, "end_date"),
        ({"start_date": "2020-01-01"}, "start_date"),
        ({"original_price": 0}, "original_price"),
        ({"destination": ""}, "destination"),
        ({"booking_type": "CRUISE"}, "booking_type"),
        ({"payment_status": "REFUNDED"}, "payment_status"),
        ({"user_id": "11111111-1111-4111-8111-111111111111"}, "user_id"),
    ],
)
def test_what_can_not_be_is_refused_by_name_and_nothing_is_made(agency: Agency, fields: dict[str, Any], field: str) -> None:
    give(agency.customer.id, wallet="150")
    refused = ask(agency, **fields)
    assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", field]), refused.text
    assert agency.customer.client.get(f"{PATH}/me").json == []
    assert balances(agency.customer.id) == Balances(wallet="150.00")


def test_no_more_is_taken_from_the_wallet_than_there_is(agency: Agency) -> None:
    give(agency.customer.id, wallet="20")
    refused = ask(agency, wallet_to_use=30)
    assert (refused.status, refused.json["code"]) == (409, "insufficient_balance")
    assert agency.customer.client.get(f"{PATH}/me").json == []


@pytest.mark.parametrize(
    "fields", [{"payment_status": "PAID"}, {"wallet_to_use": 1}, {"points_action": "ADD", "points_amount": 5}]
)
def test_only_administrators_mark_as_paid_or_touch_balances(agency: Agency, fields: dict[str, Any]) -> None:
    give(agency.customer.id, wallet="20")
    refused = agency.employee.client.post(f"{PATH}/manual-create", form(agency, **fields))
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert agency.employee.client.post(f"{PATH}/manual-create", form(agency)).status == 201


def test_only_administrators_give_a_booking_away(agency: Agency) -> None:
    refused = agency.employee.client.post(f"{PATH}/manual-create", form(agency, discount=100))
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert agency.customer.client.get(f"{PATH}/me").json == []
    assert stands(make(agency, discount=100)) == ("PENDING", "UNPAID", "0.00", "0.00")


@pytest.mark.parametrize(("action", "points", "kind"), [("ADD", 130, "BONUS"), ("DEDUCT", 70, "ADJUSTED")])
def test_points_are_added_or_removed_with_it(agency: Agency, action: str, points: int, kind: str) -> None:
    give(agency.customer.id, points=100)
    made = make(agency, points_action=action, points_amount=30, points_reason="A welcome")
    assert balances(agency.customer.id).points == points
    (newest, _) = agency.customer.client.get("/api/points/me/transactions").json
    assert (newest["transaction_type"], newest["reference_type"], newest["reference_id"]) == (kind, "BOOKING", made["id"])
    assert newest["description_en"] == "A welcome"


def test_a_destination_leaves_room_for_the_title_that_it_makes(agency: Agency) -> None:
    refused = agency.admin.client.post(f"{PATH}/manual-create", form(agency, destination="x" * 195))
    assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "destination"])
    made = make(agency, destination="x" * 194)
    refused = edit(agency, made, destination="y" * 195)
    assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "destination"])
    assert edit(agency, made, destination="Aswan").json["title_en"] == "TRIP: Aswan"


def test_a_booking_that_was_called_off_is_not_marked_as_paid(agency: Agency) -> None:
    """One of the ways to say that money was taken: none may book money that the order can't take."""
    give(agency.customer.id, wallet="150")
    made = make(agency, payment_status="PARTIAL", wallet_to_use=30)
    cancelled = agency.admin.client.post(f"{PATH}/{made['id']}/cancel", {"refund": "none"})
    assert cancelled.status == 200, cancelled.text
    refused = edit(agency, made, payment_status="PAID")
    assert (refused.status, refused.json["code"]) == (409, "illegal_move")
    assert methods_of(agency, made) == [("BALANCE", "30")]


def test_saving_the_form_unchanged_changes_nothing(agency: Agency) -> None:
    """Of a booking that was made another way: its items, tax and titles are not what the form would make."""
    booked = agency.booked()
    before = agency.read(booked)
    saved = edit(agency, booked).json
    ignored = ("updated_at",)
    assert {name: value for name, value in saved.items() if name not in ignored} == {
        name: value for name, value in before.items() if name not in ignored
    }


def test_the_form_changes_what_it_names(agency: Agency) -> None:
    made = make(agency)
    changed = edit(
        agency,
        made,
        destination="Aswan",
        num_persons=3,
        notes="By train",
        start_date="2047-06-01",
        end_date="2047-06-05",
        original_price=150,
        discount=30,
    ).json
    assert (changed["title_en"], changed["guest_count"], changed["customer_notes"]) == ("TRIP: Aswan", 3, "By train")
    assert (changed["start_date"], changed["end_date"]) == ("2047-06-01", "2047-06-05")
    assert (str(changed["subtotal"]), str(changed["discount_amount"]), str(changed["total_amount"])) == (
        "150.00",
        "30.00",
        "120.00",
    )
    assert [item["description_en"] for item in changed["items"]] == ["Aswan, 3 persons"]


def test_another_price_keeps_the_tax_rate_of_a_booking_that_has_one(agency: Agency) -> None:
    booked = agency.booked()
    changed = edit(agency, booked, original_price=200).json
    assert (str(changed["tax_rate"]), str(changed["total_amount"]), len(changed["items"])) == ("14", "228.00", 1)


def test_a_booking_is_marked_as_paid(agency: Agency) -> None:
    give(agency.customer.id, wallet="30")
    made = make(agency, wallet_to_use=30)
    paid = edit(agency, made, payment_status="PAID").json
    assert stands(paid) == ("CONFIRMED", "PAID", "100.00", "100.00")
    assert methods_of(agency, made) == [("BALANCE", "30"), ("MANUAL", "70")]
    again = edit(agency, made, notes="Thanks").json
    assert (stands(again), again["customer_notes"]) == (stands(paid), "Thanks")


@pytest.mark.parametrize("status", ["PARTIALLY_PAID", "PARTIAL"])
def test_the_status_that_it_has_is_no_change(agency: Agency, status: str) -> None:
    give(agency.customer.id, wallet="30")
    made = make(agency, wallet_to_use=30)
    assert stands(edit(agency, made, payment_status=status).json) == ("PENDING", "PARTIALLY_PAID", "100.00", "30.00")


@pytest.mark.parametrize("status", ["REFUNDED", "PARTIALLY_PAID", "PARTIAL", "CANCELLED"])
def test_a_status_that_no_form_can_bring_about_is_refused_by_name(agency: Agency, status: str) -> None:
    refused = edit(agency, make(agency), payment_status=status)
    assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "payment_status"])


def test_a_paid_booking_is_not_made_unpaid(agency: Agency) -> None:
    refused = edit(agency, make(agency, payment_status="PAID"), payment_status="UNPAID")
    assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "payment_status"])


@pytest.mark.parametrize(
    "fields", [{"original_price": 120}, {"discount": 10}, {"currency": "USD"}, {"booking_type": "HOTEL"}]
)
def test_price_currency_and_type_stay_once_something_is_paid(agency: Agency, fields: dict[str, Any]) -> None:
    give(agency.customer.id, wallet="30")
    made = make(agency, wallet_to_use=30)
    assert edit(agency, made, **fields).status == 409
    free = edit(agency, made, destination="Aswan", num_persons=1, notes="x", end_date="2047-05-09").json
    assert (free["title_en"], free["guest_count"], free["end_date"]) == ("TRIP: Aswan", 1, "2047-05-09")


def test_an_employee_saves_the_dates_of_a_booking_that_is_paid(agency: Agency) -> None:
    made = make(agency, payment_status="PAID")
    body = as_edited(agency.read(made), end_date="2047-05-09")
    assert agency.employee.client.put(f"{PATH}/{made['id']}", body).status == 200
    unpaid = make(agency)
    body = as_edited(agency.read(unpaid), payment_status="PAID")
    assert agency.employee.client.put(f"{PATH}/{unpaid['id']}", body).status == 403


def test_more_is_taken_from_the_wallet_on_edit(agency: Agency) -> None:
    give(agency.customer.id, wallet="50")
    made = make(agency, wallet_to_use=30)
    more = edit(agency, made, wallet_to_use=20).json
    assert (stands(more), balances(agency.customer.id).wallet) == (("PENDING", "PARTIALLY_PAID", "100.00", "50.00"), "0.00")
