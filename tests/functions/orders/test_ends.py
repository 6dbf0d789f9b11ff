"""The ways in which an issued order ends without the gateway: paid by hand, written off, cancelled after nobody came."""

from decimal import Decimal
from typing import Any

import pytest

from tests.contract.test_every_route import BOOKING
from tests.support.balances import Balances, balances, give
from tests.support.clients import Reply
from tests.support.currencies import as_told
from tests.support.money import Desk, Statuses, at_once
from tests.support.refunds import accounts, ask_refund, order_of, refund, refunds_of

ALL_THREE: dict[str, Any] = {"points_to_use": 4000, "cashback_to_use": "20", "wallet_to_use": "100"}


def by_hand(desk: Desk, order_id: str, **fields: Any) -> Reply:
    body = {"note": "receipt 12", **fields}
    return desk.admin.client.post(f"/api/orders/{order_id}/pay-by-hand", body)


def write_off(desk: Desk, order_id: str, reason: str = "five piastres") -> Reply:
    return desk.admin.client.post(f"/api/orders/{order_id}/write-off", {"reason": reason})


def issued(desk: Desk) -> str:
    order_id = str(desk.order()["id"])
    assert desk.employee.client.post(f"/api/orders/{order_id}/issue").status == 200
    return order_id


def pending_points(desk: Desk) -> int:
    """The points of what was paid by hand, which wait out the refund window."""
    return int(desk.customer.client.get("/api/points/me").json["pending"])


def almost_paid(desk: Desk) -> str:
    """An order of 342.00 of which 0.05 is left to pay."""
    order_id = issued(desk)
    assert by_hand(desk, order_id, amount=as_told("341.95")).status == 200
    return order_id


def booked(desk: Desk, *moves: str) -> tuple[str, str]:
    """A booking of 114.00 that was moved so, and its order, which is issued."""
    made = desk.employee.client.post("/api/bookings", {"user_id": desk.customer.id, **BOOKING}).json
    assert desk.employee.client.post(f"/api/orders/{made['order_id']}/issue").status == 200
    for move in moves:
        assert desk.employee.client.patch(f"/api/bookings/{made['id']}/status", {"status": move}).status == 200
    return str(made["id"]), str(made["order_id"])


def stands(desk: Desk, order_id: str) -> tuple[str, str, str, str]:
    order = order_of(desk, order_id)
    return order["status"], order["payment_status"], str(order["amount_paid"]), str(order["amount_written_off"])


def audited(desk: Desk, action: str, entity_id: str) -> list[list[Any]]:
    return desk.run(
        "select actor_id::text, after from audit_log where action = :a and entity_id = :id", a=action, id=entity_id
    )


@pytest.mark.parametrize("route", ["pay-by-hand", "write-off"])
@pytest.mark.parametrize("body", [{}, {"note": "", "reason": ""}, {"note": None, "reason": None}])
def test_without_a_reason_nothing_is_done(desk: Desk, route: str, body: dict[str, Any]) -> None:
    order_id = issued(desk)
    assert desk.admin.client.post(f"/api/orders/{order_id}/{route}", body).status == 422
    assert stands(desk, order_id) == ("ISSUED", "UNPAID", as_told("0.00"), as_told("0.00"))


@pytest.mark.parametrize("amount", [0, -1, "0.0001", as_told("342.01"), "1e3", True])
def test_a_wrong_amount_by_hand_is_refused(desk: Desk, amount: object) -> None:
    order_id = issued(desk)
    reply = by_hand(desk, order_id, amount=amount)
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "amount"])
    assert stands(desk, order_id) == ("ISSUED", "UNPAID", as_told("0.00"), as_told("0.00"))


@pytest.mark.parametrize("is_issued", [True, False])
def test_an_order_is_paid_by_hand_also_after_it_was_issued(desk: Desk, *, is_issued: bool) -> None:
    order_id = issued(desk) if is_issued else str(desk.order()["id"])
    paid = by_hand(desk, order_id)
    assert (paid.status, paid.json["status"], paid.json["invoice_number"] is None) == (200, "PAID", False)
    assert accounts(desk, order_id)["SALES"] == Decimal(342)
    assert pending_points(desk) == 342
    again = by_hand(desk, order_id)
    assert (again.status, again.json["code"]) == (409, "illegal_move")
    payment_id = desk.run("select id::text from payments where order_id = :id", id=order_id)[0][0]
    ((actor, after),) = audited(desk, "settle-manually", payment_id)
    assert (actor, after["note"]) == (desk.admin.id, "receipt 12")


def test_a_part_by_hand_closes_the_open_attempt_and_frees_its_balances(desk: Desk) -> None:
    give(desk.customer.id, wallet="100", cashback="20", points=4000)
    attempt = desk.pay(issued(desk), **ALL_THREE)
    assert by_hand(desk, attempt.order_id, amount=42).status == 200
    assert desk.statuses(attempt) == Statuses("ISSUED", "PARTIALLY_PAID", "CANCELLED", as_told("42.00"))
    assert balances(desk.customer.id) == Balances(as_told("100.00"), as_told("20.00"), 4000)
    assert desk.outcome(attempt.invoice_id, "paid") == "processed"
    assert desk.statuses(attempt).amount_paid == as_told("342.00")


def test_money_for_an_attempt_after_all_was_paid_by_hand_waits_for_a_person(desk: Desk) -> None:
    attempt = desk.pay(issued(desk))
    assert by_hand(desk, attempt.order_id).status == 200
    assert desk.outcome(attempt.invoice_id, "paid") == "review"
    assert desk.payment(attempt)["review_reason"] == "SECOND_PAYMENT"


def test_nothing_is_paid_by_hand_or_written_off_while_a_payment_is_in_review(desk: Desk) -> None:
    attempt = desk.pay(issued(desk))
    assert desk.outcome(attempt.invoice_id, "paid", amount="100") == "review"
    for reply in (by_hand(desk, attempt.order_id), write_off(desk, attempt.order_id)):
        assert (reply.status, reply.json["code"]) == (409, "payment_in_review")


def test_by_hand_many_times_at_once_is_paid_once(desk: Desk) -> None:
    order_id = issued(desk)
    statuses = [reply.status for reply in at_once(*[lambda: by_hand(desk, order_id)] * 4)]
    assert sorted(statuses) == [200, 409, 409, 409]
    assert accounts(desk, order_id)["SALES"] == Decimal(342)


def test_a_rest_is_written_off_and_the_order_is_paid_and_earns_on_what_came(desk: Desk) -> None:
    order_id = almost_paid(desk)
    assert write_off(desk, order_id).json["status"] == "PAID"
    assert stands(desk, order_id) == ("PAID", "PAID", as_told("341.95"), as_told("0.05"))
    assert pending_points(desk) == 341
    assert accounts(desk, order_id)["SALES"] == Decimal(as_told("341.95"))
    ((actor, after),) = audited(desk, "write-off", order_id)
    assert (actor, after["reason"], after["amount_written_off"]) == (desk.admin.id, "five piastres", as_told("0.05"))
    assert write_off(desk, order_id).status == 409


def test_no_more_is_refunded_of_it_than_was_paid_and_all_that_it_earned_is_taken_back(desk: Desk) -> None:
    order_id = almost_paid(desk)
    assert write_off(desk, order_id).status == 200
    assert ask_refund(desk, order_id, amount=342).status == 422
    refund(desk, order_id, amount=as_told("100.95"))
    assert str(refund(desk, order_id)["amount"]) == as_told("241.00")
    assert stands(desk, order_id)[:2] == ("REFUNDED", "REFUNDED")
    assert balances(desk.customer.id) == Balances(wallet=as_told("341.95"))
    assert sum(one["points_taken_back"] for one in refunds_of(desk, order_id)) == 341


def test_an_order_of_which_nothing_was_paid_is_cancelled_by_writing_it_off(desk: Desk) -> None:
    give(desk.customer.id, wallet="100")
    attempt = desk.pay(issued(desk), wallet_to_use=100)
    assert write_off(desk, attempt.order_id).json["status"] == "CANCELLED"
    assert stands(desk, attempt.order_id) == ("CANCELLED", "CANCELLED", as_told("0.00"), as_told("342.00"))
    assert balances(desk.customer.id) == Balances(wallet=as_told("100.00"))
    assert desk.outcome(attempt.invoice_id, "paid") == "review"
    assert desk.payment(attempt)["review_reason"] == "ORDER_CANCELLED"


def test_a_draft_is_not_written_off(desk: Desk) -> None:
    assert write_off(desk, str(desk.order()["id"])).status == 409


@pytest.mark.parametrize("moves", [(), ("CONFIRMED",)])
def test_a_trip_that_is_still_to_come_is_called_off_and_not_written_off(desk: Desk, moves: tuple[str, ...]) -> None:
    _, order_id = booked(desk, *moves)
    assert write_off(desk, order_id).status == 409
    assert stands(desk, order_id)[0] == "ISSUED"


@pytest.mark.parametrize("end", ["COMPLETED", "NO_SHOW"])
def test_a_trip_that_nobody_paid_is_written_off(desk: Desk, end: str) -> None:
    booking_id, order_id = booked(desk, "CONFIRMED", end)
    assert write_off(desk, order_id).status == 200
    assert stands(desk, order_id)[0] == "CANCELLED"
    assert desk.customer.client.get(f"/api/bookings/{booking_id}").json["status"] == end


def test_what_was_paid_of_a_called_off_booking_is_kept_and_earns_nothing(desk: Desk) -> None:
    booking_id, order_id = booked(desk)
    assert by_hand(desk, order_id, amount=14).status == 200
    called_off = desk.admin.client.post(f"/api/bookings/{booking_id}/cancel", {"refund": "none"})
    assert called_off.json["status"] == "CANCELLED"
    assert by_hand(desk, order_id).status == 409
    assert write_off(desk, order_id).status == 200
    assert stands(desk, order_id) == ("PAID", "PAID", as_told("14.00"), as_told("100.00"))
    assert balances(desk.customer.id).points == 0


def test_an_order_that_nobody_came_for_is_cancelled_and_no_other_of_a_booking(desk: Desk) -> None:
    for moves, status in (
        ((), 409),
        (("CONFIRMED",), 409),
        (("CONFIRMED", "COMPLETED"), 409),
        (("CONFIRMED", "NO_SHOW"), 200),
    ):
        _, order_id = booked(desk, *moves)
        assert desk.employee.client.post(f"/api/orders/{order_id}/cancel").status == status
        assert stands(desk, order_id)[0] == ("CANCELLED" if status == 200 else "ISSUED")


def test_nobody_cancels_what_they_owe_for_a_trip_that_they_missed(desk: Desk) -> None:
    own = Desk(desk.system, desk.employee, desk.admin, desk.admin, desk.gateway)
    _, order_id = booked(own, "CONFIRMED", "NO_SHOW")
    reply = desk.employee.client.post(f"/api/orders/{order_id}/cancel")
    assert (reply.status, reply.json["code"]) == (403, "own_account")


@pytest.mark.parametrize("destination", ["wallet", "gateway"])
def test_money_whose_balances_were_short_goes_back_by_its_payment(desk: Desk, destination: str) -> None:
    give(desk.customer.id, wallet="160")
    attempt = desk.pay(issued(desk), 3, wallet_to_use="160")
    desk.happens(attempt.invoice_id, "expired")
    assert desk.ask_to_pay(issued(desk), wallet_to_use="160").status == 200
    assert desk.outcome(attempt.invoice_id, "paid") == "review"
    assert desk.payment(attempt)["review_reason"] == "BALANCE_SHORT"
    assert desk.resolve(attempt, "refund").status == 200
    assert ask_refund(desk, attempt.order_id, payment_id=attempt.payment_id, amount=183).status == 422
    made = refund(desk, attempt.order_id, destination, payment_id=attempt.payment_id)
    assert str(made["amount"]) == as_told("182.00")
    if destination == "wallet":
        assert stands(desk, attempt.order_id) == ("ISSUED", "UNPAID", as_told("0.00"), as_told("0.00"))
        assert ask_refund(desk, attempt.order_id, payment_id=attempt.payment_id).status == 409
        assert desk.employee.client.post(f"/api/orders/{attempt.order_id}/cancel").status == 200
