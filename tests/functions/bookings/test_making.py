"""Bookings as staff make them, and the requests of customers."""

import re
import uuid
from typing import Any

import pytest

from functions.bookings.schemas import Booking
from tests.functions.bookings.trips import PATH, ROOM, SECRET, TRIP, Agency
from tests.support.people import make_person


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"user_id": None}, ["body", "user_id"]),
        ({"user_id": str(uuid.UUID(int=0))}, ["body", "user_id"]),
        ({"start_date": "2047-03-05"}, ["body", "end_date"]),
        ({"start_date": None}, ["body", "start_date"]),
        ({"start_date": "2020-01-01"}, ["body", "start_date"]),
        ({"guest_count": 1}, ["body", "guest_names"]),
        ({"title_ar": None, "title_en": None}, ["body", "title_en"]),
        ({"title_ar": "", "title_en": " \n"}, ["body", "title_en"]),
        ({"guest_count": 0}, ["body", "guest_count"]),
        ({"guest_names": ["x"] * 101}, ["body", "guest_names"]),
        ({"guest_names": ["Mona", " "]}, ["body", "guest_names", 1]),
        ({"items": None}, ["body", "items"]),
        ({"items": [{**ROOM, "unit_price": "1.001"}]}, ["body", "items", 0, "unit_price"]),
        ({"items": [{**ROOM, "unit_price": None}]}, ["body", "items", 0, "unit_price"]),
        ({"items": [{**ROOM, "item_details": {"x": "y" * 16384}}]}, ["body", "items", 0, "item_details"]),
        ({"discount_amount": "300.01"}, ["body", "discount_amount"]),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(agency: Agency, fields: dict[str, Any], place: list[object]) -> None:
    reply = agency.employee.client.post(PATH, {**TRIP, "user_id": agency.customer.id, **fields})

    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, place), reply.text
    assert agency.customer.client.get(f"{PATH}/me").json == []
    assert agency.customer.client.get("/api/orders/me").json == []


def test_a_customer_books_for_nobody_else(agency: Agency) -> None:
    reply = agency.customer.client.post(PATH, {**TRIP, "user_id": agency.other_customer.id})

    assert (reply.status, reply.json["code"]) == (403, "forbidden")
    assert agency.other_customer.client.get(f"{PATH}/me").json == []
    assert agency.requested(user_id=agency.customer.id)["user_id"] == agency.customer.id


@pytest.mark.parametrize("fields", [{"discount_amount": 300}, {"items": [{**ROOM, "unit_price": 0}]}])
def test_only_an_administrator_makes_a_booking_that_comes_to_nothing(agency: Agency, fields: dict[str, Any]) -> None:
    body = {**TRIP, "user_id": agency.customer.id, **fields}
    for colleague in (agency.employee, agency.agent):
        refused = colleague.client.post(PATH, body)
        assert (refused.status, refused.json["code"]) == (403, "forbidden")
        assert "total is 0" in refused.json["detail"]
    assert agency.customer.client.get(f"{PATH}/me").json == []
    assert str(agency.booked(by=agency.admin, **fields)["total_amount"]) == "0.00"


def test_a_request_without_a_price_is_anybody_s(agency: Agency) -> None:
    assert str(agency.requested(items=[{**ROOM, "unit_price": 0}])["total_amount"]) == "0.00"
    # Staff who book for themselves ask as a customer does.
    made = agency.employee.client.post(PATH, {**TRIP, "user_id": agency.employee.id})
    assert (made.status, made.json["priced"]) == (201, False)


def test_nobody_books_without_a_token(agency: Agency) -> None:
    assert agency.nobody.post(PATH, TRIP).status == 401


def test_a_booking_reads_as_the_contract_has_it(agency: Agency) -> None:
    made = agency.booked()

    assert Booking.model_validate(made).model_fields_set == set(Booking.model_fields) == set(made)
    assert re.fullmatch(r"BKG-\d{4}-\d{6,}", made["booking_number"])
    same = (*("booking_type", "title_en", "title_ar", "start_date", "end_date"), *("guest_count", "guest_names"))
    assert {name: made[name] for name in same} == {name: TRIP[name] for name in same}
    assert (made["status"], made["payment_status"], made["booking_source"]) == ("PENDING", "UNPAID", "ADMIN")
    assert (made["user_id"], made["created_by_user_id"]) == (agency.customer.id, agency.employee.id)
    assert (made["customer_name"], made["creator_name"]) == ("Mona El-Sayed", "Mona El-Sayed")
    amounts = ("subtotal", "tax_rate", "tax_amount", "discount_amount", "total_amount", "amount_paid")
    assert [str(made[name]) for name in amounts] == ["300.00", "14", "42.00", "0.00", "342.00", "0.00"]
    assert (made["currency"], made["priced"], made["confirmation_number"]) == ("EGP", True, None)
    (item,) = made["items"]
    assert (item["item_type"], str(item["quantity"]), str(item["total_price"])) == ("ROOM", "3", "300.00")
    (event,) = made["history"]
    assert (event["status"], event["reason"], event["by"]) == ("PENDING", None, "Mona El-Sayed")
    assert agency.read(made) == made


def test_the_order_behind_a_booking_is_a_draft_with_the_same_money(agency: Agency) -> None:
    made = agency.booked(discount_amount="50", tax_rate=10, currency="USD")
    order = agency.order(made)

    assert (order["status"], order["order_type"], order["user_id"]) == ("DRAFT", "SERVICE", agency.customer.id)
    same = ("subtotal", "tax_amount", "discount_amount", "total_amount", "currency", "payment_status")
    assert {name: order[name] for name in same} == {name: made[name] for name in same}
    assert str(made["total_amount"]) == "275.00"


@pytest.mark.parametrize(("role", "source"), [("EMPLOYEE", "ADMIN"), ("AGENT", "AGENT"), ("SUPER_ADMIN", "ADMIN")])
def test_every_staff_role_books_for_a_customer(agency: Agency, role: str, source: str) -> None:
    person = make_person(agency.desk.system, role)

    assert agency.booked(person)["booking_source"] == source


def test_a_request_needs_no_prices_and_what_staff_price_does(agency: Agency) -> None:
    room = {name: value for name, value in ROOM.items() if name != "unit_price"}
    booking = agency.requested(items=[room])
    assert (str(booking["total_amount"]), booking["priced"]) == ("0.00", False)
    reply = agency.employee.client.put(f"{PATH}/{booking['id']}", {"items": [ROOM, room]})

    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "items", 1, "unit_price"])
    assert agency.read(booking)["priced"] is False


def test_prices_discount_tax_and_notes_among_staff_are_not_taken_from_a_customer(agency: Agency) -> None:
    made = agency.requested(discount_amount="10", tax_rate=0, internal_notes="free for me", currency="USD")

    assert (made["booking_source"], made["priced"], made["currency"]) == ("SELF", False, "USD")
    amounts = ("subtotal", "tax_rate", "tax_amount", "discount_amount", "total_amount")
    assert [str(made[name]) for name in amounts] == ["0.00", "14", "0.00", "0.00", "0.00"]
    assert [str(item["unit_price"]) for item in made["items"]] == ["0.00"]
    assert agency.read(made)["internal_notes"] is None


def test_what_is_free_of_form_comes_back_as_exact_as_it_was_sent(agency: Agency) -> None:
    text = '{"n": 0.1234567890123456789, "big": 123456789012345678901, "list": [1, null, true, "مرحبا"], "o": {"a": 1e2}}'
    body = f'"title_en": "x", "start_date": "2047-05-01", "booking_details": {text}, "user_id": "{agency.customer.id}"'
    item = '{"description_en": "x", "quantity": 1, "unit_price": 1, "item_details": {"seat": 12.50}}'
    made = agency.employee.client.call(
        "POST",
        PATH,
        data=f'{{"booking_type": "VISA", "items": [{item}], {body}}}'.encode(),
        headers={"Content-Type": "application/json"},
    )

    assert made.status == 201, made.text
    assert '"n": 0.1234567890123456789' in made.text
    assert '"big": 123456789012345678901' in made.text
    assert '"o": {"a": 100}' in made.text
    assert '{"seat": 12.50}' in made.text
    assert made.json["booking_details"]["list"] == [1, None, True, "مرحبا"]
    assert (made.json["start_date"], made.json["guest_count"], made.json["guest_names"]) == ("2047-05-01", 1, [])


def test_the_same_key_books_once(agency: Agency) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first, again = (agency.customer.client.post(PATH, TRIP, headers=headers) for _ in range(2))

    assert (first.status, again.content) == (201, first.content)
    assert len(agency.customer.client.get(f"{PATH}/me").json) == 1


def test_what_staff_make_is_in_the_audit_log_and_what_a_customer_makes_is_not(agency: Agency) -> None:
    audited = "select action, actor_id::text from audit_log where entity = 'booking' and entity_id = :id"

    assert agency.desk.run(audited, id=agency.booked()["id"]) == [["create", agency.employee.id]]
    assert agency.desk.run(audited, id=agency.requested()["id"]) == []


def test_internal_notes_are_for_staff_alone(agency: Agency) -> None:
    made = agency.booked()
    client, path = agency.customer.client, f"{PATH}/{made['id']}"

    assert made["internal_notes"] == SECRET
    assert agency.read(made, agency.agent)["internal_notes"] == SECRET
    answers = [
        client.get(path),
        client.get(f"{PATH}/me"),
        client.get(f"/api/orders/{made['order_id']}"),
        client.get("/api/payments/my-payments"),
        client.post(f"{path}/pay", {}),
        client.post(f"{path}/cancel", {}),
        client.get(f"/api/orders/{made['order_id']}/invoice"),
    ]
    assert [answer.status for answer in answers] == [200] * 7
    assert all(SECRET not in answer.text for answer in answers)
