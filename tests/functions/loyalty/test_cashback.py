"""Cashback: pending, approved, credited; or rejected, with a reason."""

import uuid
from typing import Any

import pytest

from tests.functions.loyalty.wallets import pages, pay
from tests.support.balances import balances
from tests.support.clients import Reply
from tests.support.currencies import CURRENCY, as_told
from tests.support.money import Desk


@pytest.fixture
def record_id(desk: Desk) -> str:
    """The cashback of an order of 342.00: 3.42."""
    desk.order(payment_status="PAID")
    (record,) = desk.customer.client.get("/api/cashback/me").json
    return str(record["id"])


def decide(desk: Desk, record_id: str, move: str, **body: object) -> Reply:
    return desk.admin.client.post(f"/api/cashback/{record_id}/{move}", body)


def sums(desk: Desk) -> dict[str, str]:
    told = desk.customer.client.get("/api/cashback/me/summary").json
    return {name: str(told[name]) for name in ("pending", "approved", "credited", "total", "available")}


def test_a_new_customer_has_none(desk: Desk) -> None:
    assert sums(desk) == dict.fromkeys(("pending", "approved", "credited", "total", "available"), as_told("0.00"))
    balance = desk.customer.client.get("/api/cashback/me/balance").json
    assert {name: str(value) for name, value in balance.items()} == {
        "user_id": desk.customer.id,
        "total": as_told("0.00"),
        "available": as_told("0.00"),
        "held": as_told("0.00"),
        "debt": as_told("0.00"),
        "currency": CURRENCY,
    }
    assert desk.customer.client.get("/api/cashback/me").json == []


def test_an_order_that_is_not_paid_has_no_record(desk: Desk) -> None:
    pay(desk, 1, desk.order()["id"])
    desk.attempt()
    assert desk.customer.client.get("/api/cashback/me").json == []


def test_a_paid_order_has_its_record(desk: Desk, record_id: str) -> None:
    (record,) = desk.customer.client.get("/api/cashback/me/records").json
    assert desk.customer.client.get("/api/cashback/me").json == [record]
    assert record["id"] == record_id
    (order,) = desk.customer.client.get("/api/orders/me").json
    assert (record["reference_type"], record["reference_id"]) == ("ORDER", order["id"])
    assert {name: str(record[name]) for name in ("booking_amount", "cashback_rate", "cashback_amount", "amount")} == {
        "booking_amount": as_told("342.00"),
        "cashback_rate": "1",
        "cashback_amount": as_told("3.42"),
        "amount": as_told("3.42"),
    }
    assert (record["status"], record["user_id"], record["credited_at"]) == ("PENDING", desk.customer.id, None)


def test_it_is_approved_and_credited(desk: Desk, record_id: str) -> None:
    assert sums(desk) == {
        "pending": as_told("3.42"),
        "approved": as_told("0.00"),
        "credited": as_told("0.00"),
        "total": as_told("3.42"),
        "available": as_told("0.00"),
    }
    approved = decide(desk, record_id, "approve").json
    assert (approved["status"], approved["approved_by_user_id"]) == ("APPROVED", desk.admin.id)
    assert sums(desk) == {
        "pending": as_told("0.00"),
        "approved": as_told("3.42"),
        "credited": as_told("0.00"),
        "total": as_told("3.42"),
        "available": as_told("0.00"),
    }
    assert decide(desk, record_id, "credit").json["status"] == "CREDITED"
    assert sums(desk) == {
        "pending": as_told("0.00"),
        "approved": as_told("0.00"),
        "credited": as_told("3.42"),
        "total": as_told("3.42"),
        "available": as_told("3.42"),
    }


def test_it_is_credited_once_it_is_approved_and_not_before(desk: Desk, record_id: str) -> None:
    early = decide(desk, record_id, "credit")
    assert (early.status, early.json["code"]) == (409, "illegal_move")
    for move, statuses in (("approve", [200, 409]), ("credit", [200, 409])):
        assert [decide(desk, record_id, move).status for _ in range(2)] == statuses
    assert decide(desk, record_id, "reject", reason="too late").status == 409
    assert balances(desk.customer.id).cashback == as_told("3.42")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": None}])
def test_it_is_not_rejected_without_a_reason(desk: Desk, record_id: str, body: dict[str, Any]) -> None:
    assert decide(desk, record_id, "reject", **body).status == 422
    assert sums(desk)["pending"] == as_told("3.42")


@pytest.mark.parametrize("approved", [True, False])
def test_it_is_rejected_with_a_reason_that_its_customer_reads(desk: Desk, record_id: str, approved: bool) -> None:  # noqa: FBT001 - a parameter of the test
    if approved:
        decide(desk, record_id, "approve")
    assert decide(desk, record_id, "reject", reason="A booking of our own").json["status"] == "REJECTED"
    (record,) = desk.customer.client.get("/api/cashback/me").json
    assert (record["status"], record["rejection_reason"]) == ("REJECTED", "A booking of our own")
    assert sums(desk)["total"] == as_told("0.00")
    audited = desk.run("select action, after ->> 'reason' from audit_log where entity_id = :id order by at", id=record_id)
    assert audited[-1] == ["reject", "A booking of our own"]


def test_what_is_decided_is_not_decided_again(desk: Desk, record_id: str) -> None:
    assert decide(desk, record_id, "reject", reason="first").status == 200
    for move in ("approve", "credit", "reject"):
        refused = decide(desk, record_id, move, reason="second")
        assert (refused.status, refused.json["code"]) == (409, "illegal_move")
    assert desk.customer.client.get("/api/cashback/me").json[0]["rejection_reason"] == "first"


def test_the_audit_log_has_each_decision(desk: Desk, record_id: str) -> None:
    for move in ("approve", "approve", "credit"):
        decide(desk, record_id, move)
    logged = desk.run(
        """
        select action, actor_id::text, before ->> 'status', after ->> 'status' from audit_log
        where entity = 'cashback' and entity_id = :id order by at
        """,
        id=record_id,
    )
    assert logged == [
        ["approve", desk.admin.id, "PENDING", "APPROVED"],
        ["credit", desk.admin.id, "APPROVED", "CREDITED"],
    ]


@pytest.mark.parametrize("move", ["approve", "credit", "reject"])
def test_what_is_not_there_is_not_found(desk: Desk, move: str) -> None:
    assert decide(desk, str(uuid.uuid4()), move, reason="x").status == 404


def test_staff_see_what_waits_and_customers_only_their_own(desk: Desk, record_id: str, other_customer: Any) -> None:
    waiting = desk.admin.client.get(f"/api/cashback/pending?user_id={desk.customer.id}").json
    assert [(one["id"], one["user"]["email"]) for one in waiting] == [(record_id, desk.customer.email)]
    assert other_customer.client.get("/api/cashback/me").json == []
    decide(desk, record_id, "approve")
    path = f"/api/cashback/pending?user_id={desk.customer.id}&status"
    assert desk.admin.client.get(f"{path}=PENDING").json == []
    assert [one["id"] for one in desk.admin.client.get(f"{path}=APPROVED").json] == [record_id]
    decide(desk, record_id, "credit")
    assert desk.admin.client.get(f"/api/cashback/pending?user_id={desk.customer.id}").json == []


@pytest.mark.parametrize("query", ["status=CREDITED", "status=pending", "user_id=me", "limit=0", "cursor=x"])
def test_a_filter_that_can_not_be_is_refused(desk: Desk, query: str) -> None:
    assert desk.admin.client.get(f"/api/cashback/pending?{query}").status == 422


def test_lists_page_the_newest_first(desk: Desk) -> None:
    orders = [desk.order(payment_status="PAID")["id"] for _ in range(3)]
    own = pages(desk.customer.client, "/api/cashback/me?limit=2")
    waiting = pages(desk.admin.client, f"/api/cashback/pending?user_id={desk.customer.id}&status=PENDING&limit=2")
    for found in (own, waiting):
        assert [[one["reference_id"] for one in page] for page in found] == [[orders[2], orders[1]], [orders[0]]]
