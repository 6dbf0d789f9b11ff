"""Changing and pricing bookings, and the orders that are changed through them alone."""

from typing import Any

import pytest

from tests.functions.bookings.trips import PATH, ROOM, TRIP, Agency


def test_staff_price_a_request_and_only_then_it_is_paid(agency: Agency) -> None:
    made = agency.requested()
    path = f"{PATH}/{made['id']}"
    calls = [
        agency.customer.client.post(f"{path}/pay", {"payment_method_id": 2}),
        agency.employee.client.post(f"{path}/pay", {"payment_method_id": 2}),
        agency.customer.client.post(f"/api/orders/{made['order_id']}/pay", {"payment_method_id": 2}),
        agency.employee.client.post(f"/api/orders/{made['order_id']}/issue"),
    ]
    assert [(reply.status, reply.json["code"]) for reply in calls] == [(409, "not_priced")] * 4
    assert agency.order(made)["status"] == "DRAFT"

    priced = agency.employee.client.put(path, {"items": [ROOM], "discount_amount": "50", "tax_rate": 10})
    assert (priced.json["priced"], str(priced.json["total_amount"])) == (True, "275.00")
    assert str(agency.attempt(made).answer["amount"]) == "275.00"


def test_a_change_without_items_prices_nothing(agency: Agency) -> None:
    made = agency.requested()
    changed = agency.employee.client.put(f"{PATH}/{made['id']}", {"tax_rate": 5, "internal_notes": "call first"})

    assert (changed.json["priced"], str(changed.json["tax_rate"])) == (False, "5")
    assert agency.customer.client.post(f"{PATH}/{made['id']}/pay", {}).json["code"] == "not_priced"


def test_a_request_priced_at_nothing_is_paid_without_the_gateway(agency: Agency) -> None:
    made = agency.requested()
    agency.admin.client.put(f"{PATH}/{made['id']}", {"items": [{**ROOM, "unit_price": 0}]})
    with agency.desk.outage("error"):
        reply = agency.customer.client.post(f"{PATH}/{made['id']}/pay", {})

    assert (reply.status, reply.json["status"]) == (200, "PAID")
    assert agency.read(made)["status"] == "CONFIRMED"


@pytest.mark.parametrize("is_request", [True, False])
@pytest.mark.parametrize(
    "changes",
    [
        {"items": [{**ROOM, "unit_price": 0}]},
        {"items": [ROOM], "discount_amount": 300},
        {"original_price": 500, "discount": 500},
    ],
)
def test_only_an_administrator_prices_a_booking_at_nothing(
    agency: Agency,
    changes: dict[str, Any],
    is_request: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    before = agency.requested() if is_request else agency.booked()
    refused = agency.employee.client.put(f"{PATH}/{before['id']}", changes)
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert "total is 0" in refused.json["detail"]
    assert agency.read(before) == {**before, "internal_notes": agency.read(before)["internal_notes"]}
    priced = agency.admin.client.put(f"{PATH}/{before['id']}", changes).json
    assert (priced["priced"], str(priced["total_amount"])) == (True, "0.00")


def test_a_discount_alone_gives_away_no_booking_that_has_a_price(agency: Agency) -> None:
    made = agency.booked()
    assert agency.employee.client.put(f"{PATH}/{made['id']}", {"discount_amount": 300}).status == 403
    assert agency.order(made)["status"] == "DRAFT"


def test_a_bookings_text_is_limited_in_all_as_an_orders_is(agency: Agency) -> None:
    made = agency.requested()
    items = [{**ROOM, "description_en": "x" * 2_000, "description_ar": "x" * 2_000}] * 51
    for reply in (
        agency.employee.client.put(f"{PATH}/{made['id']}", {"items": items}),
        agency.customer.client.post(PATH, {**TRIP, "items": items}),
    ):
        assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "items"])
        assert "200000 characters" in reply.json["detail"]


def test_what_is_not_sent_stays(agency: Agency) -> None:
    made = agency.booked(items=[ROOM, {**ROOM, "item_details": {"seat": 12.5}}])
    changes = {"title_en": "Four nights", "end_date": None, "confirmation_number": "HTL-77", "customer_notes": None}
    changed = agency.employee.client.put(f"{PATH}/{made['id']}", {**changes, "tax_rate": 0}).json

    assert {name: changed[name] for name in changes} == changes
    assert (str(changed["tax_amount"]), str(changed["total_amount"])) == ("0.00", "600.00")
    kept = ("booking_type", "title_ar", "start_date", "guest_names", "booking_details", "internal_notes", "user_id")
    assert {name: changed[name] for name in kept} == {name: made[name] for name in kept}
    assert [one["item_details"] for one in changed["items"]] == [one["item_details"] for one in made["items"]]
    assert changed["updated_at"] > made["updated_at"]


def test_a_booking_s_customer_never_changes(agency: Agency) -> None:
    made = agency.booked()
    refused = agency.employee.client.put(f"{PATH}/{made['id']}", {"user_id": agency.other_customer.id})

    assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "user_id"])
    assert agency.read(made)["user_id"] == agency.customer.id


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"start_date": "2047-03-05"}, "end_date"),
        ({"end_date": "2047-02-01"}, "end_date"),
        ({"title_en": None, "title_ar": ""}, "title_en"),
        ({"start_date": None}, "start_date"),
        ({"start_date": "2020-01-01"}, "start_date"),
        ({"guest_count": 1}, "guest_names"),
        ({"tax_rate": None}, "tax_rate"),
        ({"items": []}, "items"),
        ({"guest_count": None}, "guest_count"),
        ({"discount_amount": "300.01"}, "discount_amount"),
        ({"booking_details": None}, "booking_details"),
    ],
)
def test_a_change_that_makes_no_sense_is_named_and_changes_nothing(
    agency: Agency, changes: dict[str, Any], place: str
) -> None:
    made = agency.booked()
    reply = agency.employee.client.put(f"{PATH}/{made['id']}", changes)

    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", place]), reply.text
    assert agency.read(made) == made


@pytest.mark.parametrize(
    "changes", [{"items": [{**ROOM, "unit_price": 1}]}, {"tax_rate": 0}, {"discount_amount": 1}, {"currency": "USD"}]
)
def test_what_was_promised_is_not_priced_anew_and_the_rest_still_changes(agency: Agency, changes: dict[str, Any]) -> None:
    made = agency.booked()
    path = f"{PATH}/{made['id']}"
    agency.attempt(made)
    refused = agency.employee.client.put(path, {**changes, "title_en": "Cheaper"})

    assert (refused.status, refused.json["code"]) == (409, "illegal_move")
    assert agency.read(made)["title_en"] == made["title_en"]
    same = {"items": [ROOM], "tax_rate": "14.00", "discount_amount": 0, "currency": "EGP"}
    changed = agency.employee.client.put(path, {**same, "internal_notes": "call first"})
    assert (changed.status, changed.json["internal_notes"]) == (200, "call first")


def test_the_order_behind_a_booking_is_changed_through_it_alone(agency: Agency) -> None:
    made = agency.booked()
    path, staff = f"/api/orders/{made['order_id']}", agency.admin.client
    before = agency.order(made)

    for reply in (staff.put(path, {"tax_rate": 0}), staff.delete(path), staff.post(f"{path}/cancel", {})):
        assert (reply.status, reply.json["code"]) == (409, "illegal_move")
        assert made["booking_number"] in reply.json["detail"]
    assert agency.order(made) == before
    assert staff.post(f"{path}/issue").status == 200


def test_what_staff_change_is_in_the_audit_log(agency: Agency) -> None:
    made = agency.booked()
    agency.admin.client.put(f"{PATH}/{made['id']}", {"guest_count": 3})
    audited = agency.desk.run(
        "select actor_id::text, before, after from audit_log where entity_id = :id and action = 'change'", id=made["id"]
    )

    assert audited == [[agency.admin.id, {"guest_count": 2}, {"guest_count": 3}]]
