"""The moves of bookings: by hand, by their payment, by calling them off."""

import functools
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.functions.bookings.trips import PATH, ROOM, Agency
from tests.support.balances import Balances, balances, give
from tests.support.clients import Reply
from tests.support.money import at_once
from tests.support.refunds import ask_refund, dashboard_refund, decide, refund, refund_by_gateway

STATES = ("PENDING", "CONFIRMED", "CANCELLED", "COMPLETED", "REFUNDED", "NO_SHOW")
WAY = {
    "PENDING": [],
    "CONFIRMED": ["CONFIRMED"],
    "CANCELLED": ["CANCELLED"],
    "COMPLETED": ["CONFIRMED", "COMPLETED"],
    "NO_SHOW": ["CONFIRMED", "NO_SHOW"],
}
BY_HAND = {
    ("PENDING", "CONFIRMED"),
    ("PENDING", "CANCELLED"),
    ("CONFIRMED", "COMPLETED"),
    ("CONFIRMED", "CANCELLED"),
    ("CONFIRMED", "NO_SHOW"),
}


def in_state(agency: Agency, status: str) -> dict[str, Any]:
    """A booking in any state; REFUNDED is one that no hand moves it to."""
    if status != "REFUNDED":
        return agency.moved(agency.booked(), *WAY[status])
    booking = agency.booked()
    agency.paid(booking)
    assert agency.admin.client.post(f"{PATH}/{booking['id']}/cancel", {}).json["status"] == "REFUNDED"
    return booking


def cancelled_by_its_owner(agency: Agency, booking: dict[str, Any]) -> Reply:
    return agency.customer.client.post(f"{PATH}/{booking['id']}/cancel", {"reason": "ill"})


def waits_for_review(agency: Agency) -> dict[str, Any]:
    """A booking of whose money too little has come, which nobody has looked at."""
    booking = agency.booked()
    agency.paid(booking, amount="100")
    return booking


def partly_paid(agency: Agency) -> dict[str, Any]:
    booking = agency.booked()
    attempt = agency.paid(booking, amount="100")
    assert agency.desk.resolve(attempt, "settle").status == 200
    return booking


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_staff_move_a_booking_only_as_the_contract_has_it(agency: Agency, before: str, method: str) -> None:
    for after in STATES:
        booking = in_state(agency, before)
        reply = agency.agent.client.call(method, f"{PATH}/{booking['id']}/status", {"status": after, "reason": "so"})
        if (before, after) in BY_HAND:
            assert (reply.status, reply.json["status"]) == (200, after)
            assert [one["status"] for one in reply.json["history"]] == ["PENDING", *WAY[before], after]
            assert reply.json["history"][-1]["reason"] == "so"
        else:
            assert (reply.status, reply.json["code"]) == (409, "illegal_move")
            assert agency.read(booking)["status"] == before


@pytest.mark.parametrize("body", [{}, {"status": "LOST"}, {"status": None}, {"status": "CONFIRMED", "reason": "x" * 2001}])
def test_a_move_to_nowhere_is_422(agency: Agency, body: dict[str, Any]) -> None:
    assert agency.employee.client.patch(f"{PATH}/{agency.booked()['id']}/status", body).status == 422


def test_a_payment_confirms_a_booking_and_the_system_says_so(agency: Agency) -> None:
    booking = agency.booked()
    agency.paid(booking)
    paid = agency.read(booking, agency.customer)

    assert (paid["status"], paid["payment_status"], str(paid["amount_paid"])) == ("CONFIRMED", "PAID", "342.00")
    assert re.fullmatch(r"[A-Z0-9]{8}", paid["confirmation_number"])
    assert [(one["status"], one["reason"], one["by"]) for one in paid["history"]] == [
        ("PENDING", None, "Mona El-Sayed"),
        ("CONFIRMED", "paid", None),
    ]


def test_a_confirmation_number_of_staff_s_stays_when_the_payment_comes(agency: Agency) -> None:
    booking = agency.booked()
    agency.employee.client.put(f"{PATH}/{booking['id']}", {"confirmation_number": "HTL-77"})
    agency.paid(booking)

    assert agency.read(booking)["confirmation_number"] == "HTL-77"


def test_a_payment_leaves_a_booking_that_is_further_on_as_it_is(agency: Agency) -> None:
    booking = agency.moved(agency.booked(), "CONFIRMED", "COMPLETED")
    agency.paid(booking)
    paid = agency.read(booking)

    assert (paid["status"], paid["payment_status"], len(paid["history"])) == ("COMPLETED", "PAID", 3)


def test_the_order_s_own_way_to_pay_confirms_the_booking_too(agency: Agency) -> None:
    booking = agency.booked()
    attempt = agency.desk.pay(booking["order_id"])
    agency.desk.happens(attempt.invoice_id, "paid")

    assert agency.read(booking)["status"] == "CONFIRMED"


def test_a_paid_booking_is_not_paid_twice(agency: Agency) -> None:
    booking = agency.booked()
    agency.paid(booking)
    reply = agency.customer.client.post(f"{PATH}/{booking['id']}/pay", {})

    assert (reply.status, reply.json["code"]) == (409, "illegal_move")


def test_the_owner_calls_a_booking_off_with_its_open_payment_and_its_order(agency: Agency) -> None:
    booking = agency.booked()
    attempt = agency.attempt(booking)
    reply = cancelled_by_its_owner(agency, booking)

    assert (reply.status, reply.json["status"], reply.json["payment_status"]) == (200, "CANCELLED", "CANCELLED")
    assert (reply.json["history"][-1]["reason"], reply.json["internal_notes"]) == ("ill", None)
    assert (agency.desk.payment(attempt)["status"], agency.order(booking)["status"]) == ("CANCELLED", "CANCELLED")
    assert cancelled_by_its_owner(agency, booking).status == 409
    assert agency.customer.client.post(f"{PATH}/{booking['id']}/pay", {}).status == 409


def test_a_request_without_a_price_can_be_called_off(agency: Agency) -> None:
    booking = agency.requested()

    assert cancelled_by_its_owner(agency, booking).json["status"] == "CANCELLED"
    assert agency.order(booking)["status"] == "CANCELLED"


@pytest.mark.parametrize("status", ["CONFIRMED", "COMPLETED", "NO_SHOW"])
def test_the_owner_calls_nothing_off_that_is_confirmed(agency: Agency, status: str) -> None:
    booking = in_state(agency, status)
    reply = cancelled_by_its_owner(agency, booking)

    assert (reply.status, reply.json["code"]) == (409, "illegal_move")
    assert agency.read(booking)["status"] == status


@pytest.mark.parametrize("by_status", [True, False])
def test_staff_call_a_paid_booking_off_and_its_order_waits_for_the_refund(agency: Agency, by_status: bool) -> None:  # noqa: FBT001 - a parameter of the test
    booking = agency.booked()
    agency.paid(booking)
    path, staff = f"{PATH}/{booking['id']}", agency.employee.client
    reply = (
        staff.patch(f"{path}/status", {"status": "CANCELLED"})
        if by_status
        else staff.post(f"{path}/cancel", {"reason": "x"})
    )

    assert (reply.status, reply.json["status"], reply.json["payment_status"]) == (200, "CANCELLED", "PAID")
    assert agency.order(booking)["status"] == "PAID"


@pytest.mark.parametrize("by_status", [True, False])
def test_an_administrator_who_calls_a_paid_booking_off_refunds_it_into_the_wallet(agency: Agency, by_status: bool) -> None:  # noqa: FBT001 - a parameter of the test
    booking = agency.booked()
    agency.paid(booking)
    path, admin = f"{PATH}/{booking['id']}", agency.admin.client
    reply = admin.patch(f"{path}/status", {"status": "CANCELLED"}) if by_status else admin.post(f"{path}/cancel", {})

    assert (reply.status, reply.json["status"], reply.json["payment_status"]) == (200, "REFUNDED", "REFUNDED")
    assert [one["status"] for one in reply.json["history"]] == ["PENDING", "CONFIRMED", "CANCELLED", "REFUNDED"]
    assert balances(agency.customer.id) == Balances(wallet="342.00")


def test_an_administrator_may_leave_the_money_where_it_is(agency: Agency) -> None:
    booking = agency.booked()
    attempt = agency.paid(booking)
    reply = agency.admin.client.post(f"{PATH}/{booking['id']}/cancel", {"refund": "none"})

    assert (reply.json["status"], reply.json["payment_status"]) == ("CANCELLED", "PAID")
    assert balances(agency.customer.id).wallet == "0.00"
    assert refund_by_gateway(agency.desk, attempt)["status"] == "COMPLETED"
    assert agency.read(booking)["status"] == "REFUNDED"


@pytest.mark.parametrize("way", ["cancel", "status"])
def test_what_went_back_in_the_gateways_dashboard_does_not_go_to_the_wallet_too(agency: Agency, way: str) -> None:
    booking = agency.booked()
    attempt = agency.paid(booking)
    dashboard_refund(agency.desk, attempt.invoice_id)
    decide(agency.desk, attempt.invoice_id, deliver=False)
    call = agency.admin.client.post if way == "cancel" else agency.admin.client.put
    reply = call(f"{PATH}/{booking['id']}/{way}", {"status": "CANCELLED"} if way == "status" else {})
    assert (reply.status, reply.json["code"]) == (409, "payment_in_review")
    assert (balances(agency.customer.id).wallet, agency.read(booking)["status"]) == ("0.00", "CONFIRMED")


def test_nobody_else_refunds_by_calling_off(agency: Agency) -> None:
    booking = agency.booked()
    agency.paid(booking)
    reply = agency.employee.client.post(f"{PATH}/{booking['id']}/cancel", {"refund": "wallet"})

    assert reply.status == 403
    assert agency.read(booking)["status"] == "CONFIRMED"


@pytest.mark.parametrize("asked", [{}, {"refund": "wallet"}])
def test_while_the_gateways_refunds_can_not_be_seen_the_money_of_a_cancelled_booking_waits(
    agency: Agency, asked: dict[str, str]
) -> None:
    booking = agency.booked()
    dashboard_refund(agency.desk, agency.paid(booking).invoice_id)
    with agency.desk.outage("error", "refund/index"):
        reply = agency.admin.client.post(f"{PATH}/{booking['id']}/cancel", asked)
    assert (reply.status, reply.json["status"]) == (200, "CANCELLED")
    assert (balances(agency.customer.id).wallet, agency.order(booking)["payment_status"]) == ("0.00", "PAID")
    assert ask_refund(agency.desk, booking["order_id"]).status == 409


def test_what_was_paid_of_a_partly_paid_booking_goes_back_and_its_order_is_cancelled(agency: Agency) -> None:
    booking = partly_paid(agency)
    reply = agency.admin.client.post(f"{PATH}/{booking['id']}/cancel", {})

    assert (reply.json["status"], agency.order(booking)["status"]) == ("CANCELLED", "CANCELLED")
    assert balances(agency.customer.id).wallet == "100.00"


def test_a_partly_paid_booking_is_called_off_and_nothing_more_is_asked_for(agency: Agency) -> None:
    booking = partly_paid(agency)
    rest = agency.attempt(booking)
    reply = cancelled_by_its_owner(agency, booking)

    assert (reply.status, reply.json["status"], reply.json["payment_status"]) == (200, "CANCELLED", "PARTIALLY_PAID")
    assert (agency.desk.payment(rest)["status"], agency.order(booking)["status"]) == ("CANCELLED", "ISSUED")
    for path in (f"{PATH}/{booking['id']}/pay", f"/api/orders/{booking['order_id']}/pay"):
        asked = agency.customer.client.post(path, {})
        assert (asked.status, asked.json["code"]) == (409, "illegal_move")


def test_late_money_for_a_partly_paid_booking_that_was_called_off_waits_for_a_person(agency: Agency) -> None:
    booking = partly_paid(agency)
    rest = agency.attempt(booking)
    assert cancelled_by_its_owner(agency, booking).status == 200

    assert agency.desk.outcome(rest.invoice_id, "paid") == "review"
    assert agency.desk.payment(rest)["review_reason"] == "ORDER_CANCELLED"
    assert (agency.order(booking)["status"], str(agency.order(booking)["amount_paid"])) == ("ISSUED", "100.00")
    assert balances(agency.customer.id) == Balances()
    assert agency.desk.resolve(rest, "settle").status == 409
    assert agency.desk.resolve(rest, "refund").status == 200
    refund = {"reason": "too late", "destination": "wallet", "payment_id": rest.payment_id}
    made = agency.admin.client.post(f"/api/orders/{booking['order_id']}/refund", refund)
    assert (made.json["status"], str(made.json["amount"])) == ("COMPLETED", "242.00")
    assert balances(agency.customer.id) == Balances(wallet="242.00")


@pytest.mark.parametrize("destination", ["wallet", "manual"])
def test_the_order_of_a_part_paid_booking_that_was_called_off_ends_with_its_refund(agency: Agency, destination: str) -> None:
    booking = partly_paid(agency)
    assert cancelled_by_its_owner(agency, booking).status == 200
    first = refund(agency.desk, booking["order_id"], destination, amount=40, note="in cash")
    assert (str(first["amount"]), agency.order(booking)["status"]) == ("40.00", "ISSUED")
    refund(agency.desk, booking["order_id"], destination, note="in cash")

    order = agency.order(booking)
    assert (order["status"], order["payment_status"], str(order["amount_paid"])) == ("CANCELLED", "CANCELLED", "0.00")
    assert agency.read(booking)["status"] == "CANCELLED"
    assert ask_refund(agency.desk, booking["order_id"], destination, note="again").status == 409


def test_it_ends_too_when_the_gateway_approves_while_late_money_waits_for_a_person(agency: Agency) -> None:
    booking = agency.booked()
    first = agency.paid(booking, amount="100")
    assert agency.desk.resolve(first, "settle").status == 200
    rest = agency.attempt(booking)
    assert cancelled_by_its_owner(agency, booking).status == 200
    refund(agency.desk, booking["order_id"], "gateway")
    assert agency.desk.outcome(rest.invoice_id, "paid") == "review"
    decide(agency.desk, first.invoice_id, shape="v3")

    assert (agency.order(booking)["status"], str(agency.order(booking)["amount_paid"])) == ("CANCELLED", "0.00")
    assert agency.desk.resolve(rest, "refund").status == 200
    assert str(refund(agency.desk, booking["order_id"], payment_id=rest.payment_id)["amount"]) == "242.00"


def test_a_refund_at_once_closes_the_open_attempt_and_frees_its_balances(agency: Agency) -> None:
    booking = partly_paid(agency)
    give(agency.customer.id, wallet="50")
    rest = agency.desk.pay(booking["order_id"], wallet_to_use=50)
    assert agency.admin.client.post(f"{PATH}/{booking['id']}/cancel", {}).status == 200

    assert (agency.order(booking)["status"], agency.desk.payment(rest)["status"]) == ("CANCELLED", "CANCELLED")
    assert balances(agency.customer.id) == Balances(wallet="150.00")


def test_nothing_is_called_off_or_deleted_while_its_payment_is_looked_at(agency: Agency) -> None:
    booking = waits_for_review(agency)
    replies = [cancelled_by_its_owner(agency, booking), agency.employee.client.delete(f"{PATH}/{booking['id']}")]

    assert [(reply.status, reply.json["code"]) for reply in replies] == [(409, "payment_in_review")] * 2
    assert agency.read(booking)["status"] == "PENDING"


def test_a_draft_goes_with_its_booking(agency: Agency) -> None:
    for booking in (agency.booked(), agency.requested()):
        reply = agency.employee.client.delete(f"{PATH}/{booking['id']}")
        assert (reply.status, reply.content) == (204, b"")
        assert agency.employee.client.get(f"{PATH}/{booking['id']}").status == 404
        assert agency.employee.client.get(f"/api/orders/{booking['order_id']}").status == 404
        assert agency.employee.client.delete(f"{PATH}/{booking['id']}").status == 404


def test_an_issued_order_outlives_its_booking_cancelled_and_with_its_invoice(agency: Agency) -> None:
    booking = agency.booked()
    attempt = agency.attempt(booking)

    assert agency.employee.client.delete(f"{PATH}/{booking['id']}").status == 204
    order = agency.order(booking)
    assert (order["status"], order["invoice_number"] is not None) == ("CANCELLED", True)
    assert agency.desk.payment(attempt)["status"] == "CANCELLED"


def test_a_cancelled_booking_can_be_deleted(agency: Agency) -> None:
    booking = agency.moved(agency.booked(), "CANCELLED")

    assert agency.employee.client.delete(f"{PATH}/{booking['id']}").status == 204
    assert agency.order(booking)["status"] == "CANCELLED"


def paid_and_cancelled(agency: Agency) -> dict[str, Any]:
    booking = agency.booked()
    agency.paid(booking)
    return agency.moved(booking, "CANCELLED")


def free_and_paid(agency: Agency) -> dict[str, Any]:
    booking = agency.booked(by=agency.admin, items=[{**ROOM, "unit_price": 0}])
    assert agency.customer.client.post(f"{PATH}/{booking['id']}/pay", {}).json["status"] == "PAID"
    return booking


def paid_too_late(agency: Agency) -> dict[str, Any]:
    """A cancelled booking whose money came all the same and is to go back."""
    booking = agency.booked()
    attempt = agency.attempt(booking)
    agency.moved(booking, "CANCELLED")
    agency.desk.happens(attempt.invoice_id, "paid")
    assert agency.desk.resolve(attempt, "refund").status == 200
    return booking


@pytest.mark.parametrize("scene", [paid_and_cancelled, partly_paid, free_and_paid, paid_too_late])
def test_what_money_came_for_is_not_deleted(agency: Agency, scene: Callable[[Agency], dict[str, Any]]) -> None:
    booking = scene(agency)
    reply = agency.admin.client.delete(f"{PATH}/{booking['id']}")

    assert (reply.status, reply.json["code"]) == (409, "illegal_move")
    assert agency.read(booking)["id"] == booking["id"]


def test_what_staff_move_and_delete_is_in_the_audit_log(agency: Agency) -> None:
    booking = agency.moved(agency.booked(), "CONFIRMED")
    agency.admin.client.post(f"{PATH}/{booking['id']}/cancel", {"reason": "storm"})
    agency.admin.client.delete(f"{PATH}/{booking['id']}")
    audited = agency.desk.run(
        "select action, after ->> 'status', after ->> 'reason' from audit_log where entity_id = :id order by at",
        id=booking["id"],
    )

    assert audited == [
        ["create", None, None],
        ["move", "CONFIRMED", None],
        ["move", "CANCELLED", "storm"],
        ["delete", None, None],
    ]


def test_cancelling_and_the_payment_at_once_lose_no_money(agency: Agency) -> None:
    for _ in range(5):
        booking = agency.booked()
        attempt = agency.attempt(booking)
        webhook = agency.desk.webhook(attempt.invoice_id, "paid")
        cancelled, outcome = at_once(
            functools.partial(lambda booking: str(cancelled_by_its_owner(agency, booking).status), booking),
            functools.partial(agency.desk.sent, webhook),
        )
        stands = (agency.read(booking)["status"], agency.order(booking)["status"])
        assert (cancelled, outcome, stands) in [
            ("200", "review", ("CANCELLED", "CANCELLED")),
            ("409", "processed", ("CONFIRMED", "PAID")),
        ]


def test_a_booking_moves_once_however_many_move_it_at_once(agency: Agency) -> None:
    booking = agency.booked()
    path = f"{PATH}/{booking['id']}/status"
    replies = at_once(*[lambda: agency.employee.client.patch(path, {"status": "CONFIRMED"}).status] * 6)

    assert sorted(replies) == [200] + [409] * 5
    assert len(agency.read(booking)["history"]) == 2


def test_deleting_and_paying_at_once_end_in_one_of_the_two(agency: Agency) -> None:
    for _ in range(5):
        booking = agency.booked()
        path = f"{PATH}/{booking['id']}"
        deleted, asked = at_once(
            functools.partial(lambda path: agency.employee.client.delete(path).status, path),
            functools.partial(
                lambda path: agency.customer.client.post(path, {"payment_method_id": 2}).status, f"{path}/pay"
            ),
        )
        assert deleted == 204
        assert asked in (200, 404, 409)
        open_payments = "select count(*) from payments where order_id = :id and status = 'PENDING'"
        assert agency.desk.run(open_payments, id=booking["order_id"]) == [[0]]
