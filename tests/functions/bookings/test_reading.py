"""Who sees which bookings, one by one and in lists."""

import re
import uuid

import pytest

from tests.functions.bookings.trips import PATH, Agency
from tests.support.people import Person


def listed(person: Person, query: str = "", path: str = PATH) -> list[str]:
    reply = person.client.get(f"{path}?{query}")
    assert reply.status == 200, reply.text
    return [one["id"] for one in reply.json]


def test_another_s_booking_is_not_there(agency: Agency) -> None:
    path = f"{PATH}/{agency.booked()['id']}"
    stranger = agency.other_customer.client

    for reply in (stranger.get(path), stranger.post(f"{path}/cancel", {}), stranger.post(f"{path}/pay", {})):
        assert (reply.status, reply.json["detail"]) == (404, "There is no such booking")
    assert listed(agency.other_customer, path=f"{PATH}/me") == []
    assert agency.customer.client.get(path).json["status"] == "PENDING"


def test_the_owner_and_all_staff_see_a_booking_and_nobody_does_without_a_token(agency: Agency) -> None:
    path = f"{PATH}/{agency.booked()['id']}"

    for person in (agency.customer, agency.employee, agency.agent, agency.admin):
        assert person.client.get(path).status == 200
    for method, to in (("GET", path), ("GET", f"{PATH}/me"), ("POST", f"{path}/cancel"), ("POST", f"{path}/pay")):
        assert agency.nobody.call(method, to).status == 401


def test_what_is_for_staff_is_refused_to_the_owner(agency: Agency) -> None:
    path = f"{PATH}/{agency.booked()['id']}"
    calls = [("GET", PATH), ("PUT", path), ("DELETE", path), ("PATCH", f"{path}/status"), ("PUT", f"{path}/status")]

    assert [agency.customer.client.call(method, to, {"status": "CONFIRMED"}).status for method, to in calls] == [403] * 5
    assert [agency.nobody.call(method, to).status for method, to in calls] == [401] * 5


def test_lists_filter_by_state_kind_source_customer_and_start(agency: Agency) -> None:
    first = agency.booked(start_date="2047-05-01", end_date="2047-05-02")["id"]
    second = agency.booked(agency.agent, booking_type="FLIGHT", start_date="2047-06-01", end_date=None)["id"]
    third = agency.moved(agency.requested(start_date="2047-04-01", end_date=None), "CONFIRMED")["id"]
    mine = f"user_id={agency.customer.id}"

    assert listed(agency.employee, mine) == [third, second, first]
    assert listed(agency.employee, f"{mine}&status=CONFIRMED") == [third]
    assert listed(agency.employee, f"{mine}&booking_type=FLIGHT") == [second]
    assert listed(agency.employee, f"{mine}&booking_source=SELF") == [third]
    assert listed(agency.employee, f"{mine}&booking_source=AGENT") == [second]
    assert listed(agency.employee, f"{mine}&from=2047-05-01") == [second, first]
    assert listed(agency.employee, f"{mine}&from=2047-05-02&to=2047-06-01") == [second]
    assert listed(agency.employee, f"{mine}&to=2047-05-01") == [third, first]
    assert listed(agency.employee, f"user_id={uuid.uuid4()}") == []
    assert listed(agency.customer, "status=PENDING", f"{PATH}/me") == [second, first]


@pytest.mark.parametrize("query", ["status=LOST", "booking_type=BOAT", "from=soon", "to=2047-02-30", "user_id=1"])
def test_a_filter_that_makes_no_sense_is_422(agency: Agency, query: str) -> None:
    assert agency.employee.client.get(f"{PATH}?{query}").status == 422


def test_pages_follow_the_link_header_and_meet_every_booking_once(agency: Agency) -> None:
    made = [agency.booked()["id"] for _ in range(5)]
    address, seen = f"{PATH}?user_id={agency.customer.id}&from=2047-01-01&limit=2", []
    while address:
        reply = agency.employee.client.get(address)
        seen += [one["id"] for one in reply.json]
        link = re.fullmatch(r'<(.+)>; rel="next"', reply.headers.get("Link", ""))
        address = link[1] if link else ""

    assert seen == made[::-1]


def test_payments_name_the_booking_that_they_are_for(agency: Agency) -> None:
    unpaid, paid = agency.booked(), agency.booked()
    plain = agency.desk.order()
    agency.paid(paid)
    listed = agency.customer.client.get("/api/payments/my-payments").json["items"]

    named = ("id", "booking_number", "title_en", "title_ar", "booking_type", "start_date", "end_date")
    assert [(one["source"], one["payment_type"], one["booking"]) for one in listed] == [
        ("PAYMENT", "BOOKING", {name: paid[name] for name in named}),
        ("INVOICE", "ORDER", None),
        ("INVOICE", "BOOKING", {name: unpaid[name] for name in named}),
    ]
    assert listed[1]["order"]["id"] == plain["id"]
