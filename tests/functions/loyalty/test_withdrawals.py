"""A withdrawal of cashback is a request: the sum is held until an administrator lets it into the wallet or gives it back."""

import uuid
from typing import Any

import pytest

from tests.support.balances import Balances, balances, give
from tests.support.clients import Reply
from tests.support.currencies import CURRENCY, as_told
from tests.support.money import Desk, at_once
from tests.support.people import make_person

REQUESTS = "/api/cashback/admin/withdrawal-requests"


@pytest.fixture
def asked(desk: Desk) -> str:
    """A request for 3 of the customer's 5."""
    give(desk.customer.id, cashback="5")
    return str(ask(desk, 3).json["request_id"])


def ask(desk: Desk, amount: object, **options: Any) -> Reply:
    return desk.customer.client.post("/api/cashback/withdraw", {"amount": amount}, **options)


def decide(desk: Desk, request_id: str, decision: str, body: object = None) -> Reply:
    given = {"reason": "not yet"} if decision == "reject" and body is None else body
    return desk.admin.client.post(f"/api/cashback/admin/requests/{request_id}/{decision}", given)


def records(desk: Desk) -> list[dict[str, Any]]:
    return list(desk.customer.client.get("/api/cashback/me/records").json)


def told_balance(desk: Desk) -> tuple[str, str, str]:
    told = desk.customer.client.get("/api/cashback/me/balance").json
    return str(told["total"]), str(told["available"]), str(told["held"])


def test_asking_holds_the_sum_and_moves_nothing_into_the_wallet(desk: Desk) -> None:
    give(desk.customer.id, cashback="5")
    told = ask(desk, as_told("3.00")).json
    assert (told["status"], str(told["amount"]), told["currency"]) == ("pending_approval", as_told("3.00"), CURRENCY)
    assert told["request_id"] == told["club_gift_transaction_id"]
    assert str(told["remaining_available"]) == as_told("2.00")
    assert balances(desk.customer.id) == Balances(cashback=as_told("2.00"), held=as_told("3.00"))
    assert told_balance(desk) == (as_told("5.00"), as_told("2.00"), as_told("3.00"))


def test_it_stands_in_the_history_below_zero(desk: Desk, asked: str) -> None:
    (record,) = records(desk)
    assert (record["id"], record["reference_type"]) == (asked, "CLUB_GIFT_WITHDRAWAL_REQUEST")
    assert (str(record["amount"]), str(record["cashback_amount"])) == (as_told("-3.00"), as_told("-3.00"))
    assert record["status"] == "PENDING_WITHDRAWAL"


def test_approving_puts_it_into_the_wallet(desk: Desk, asked: str) -> None:
    told = decide(desk, asked, "approve", {}).json
    assert (told["status"], str(told["new_balance"])) == ("approved", as_told("3.00"))
    assert balances(desk.customer.id) == Balances(wallet=as_told("3.00"), cashback=as_told("2.00"))
    assert records(desk)[0]["status"] == "WITHDRAWN"
    (moved,) = desk.customer.client.get("/api/wallet/me/transactions").json
    assert (moved["id"], moved["transaction_type"], str(moved["amount"])) == (
        told["wallet_transaction_id"],
        "CASHBACK",
        as_told("3.00"),
    )
    assert told_balance(desk) == (as_told("2.00"), as_told("2.00"), as_told("0.00"))


def test_rejecting_gives_it_back_and_says_why(desk: Desk, asked: str) -> None:
    assert decide(desk, asked, "reject", {"reason": "Ask us first"}).json == {"status": "rejected"}
    assert balances(desk.customer.id) == Balances(cashback=as_told("5.00"))
    (record,) = records(desk)
    assert (record["status"], record["rejection_reason"]) == ("REJECTED", "Ask us first")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": None}])
def test_it_is_not_rejected_without_a_reason(desk: Desk, asked: str, body: dict[str, Any]) -> None:
    assert decide(desk, asked, "reject", body).status == 422
    assert balances(desk.customer.id).held == as_told("3.00")


@pytest.mark.parametrize("first", ["approve", "reject"])
@pytest.mark.parametrize("second", ["approve", "reject"])
def test_it_is_decided_once(desk: Desk, asked: str, first: str, second: str) -> None:
    assert decide(desk, asked, first).status == 200
    after = balances(desk.customer.id)
    late = decide(desk, asked, second)
    assert (late.status, late.json["code"]) == (409, "illegal_move")
    assert balances(desk.customer.id) == after


def test_a_customer_who_was_suspended_gets_nothing_and_can_be_rejected(desk: Desk, asked: str) -> None:
    desk.run("update users set status = 'SUSPENDED', is_active = false where id = :id", id=desk.customer.id)
    refused = decide(desk, asked, "approve")
    assert (refused.status, refused.json["code"]) == (409, "customer_inactive")
    assert decide(desk, asked, "reject").status == 200
    assert balances(desk.customer.id).cashback == "5.00"


def test_deciding_both_ways_at_once_is_one_decision(desk: Desk, asked: str) -> None:
    replies = at_once(*[lambda way=way: decide(desk, asked, way) for way in ("approve", "reject", "approve", "reject")])
    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409]
    left = balances(desk.customer.id)
    assert (left.wallet, left.cashback, left.held) in [
        (as_told("3.00"), as_told("2.00"), as_told("0.00")),
        (as_told("0.00"), as_told("5.00"), as_told("0.00")),
    ]


@pytest.mark.parametrize(
    ("amount", "status"),
    [(0, 422), (-1, 422), ("1.0001", 422), ("all", 422), (True, 422), (None, 422), (as_told("5.01"), 409)],
)
def test_no_more_is_asked_than_is_free(desk: Desk, amount: object, status: int) -> None:
    give(desk.customer.id, cashback="5")
    assert ask(desk, amount).status == status
    assert balances(desk.customer.id) == Balances(cashback=as_told("5.00"))


def test_what_is_asked_is_not_asked_again(desk: Desk, asked: str) -> None:
    assert asked
    refused = ask(desk, as_told("2.01"))
    assert (refused.status, refused.json["code"]) == (409, "insufficient_balance")
    assert refused.json["detail"] == f"There is not enough: 2.000 {CURRENCY} of cashback can be used"


def test_asking_for_all_at_once_holds_it_once(desk: Desk) -> None:
    give(desk.customer.id, cashback="5")
    replies = at_once(*[lambda: ask(desk, 5)] * 4)
    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409]
    assert balances(desk.customer.id) == Balances(held=as_told("5.00"))


def test_what_is_asked_pays_no_order(desk: Desk, asked: str) -> None:
    order_id = desk.order()["id"]
    refused = desk.ask_to_pay(order_id, cashback_to_use=5)
    assert (refused.status, refused.json["code"]) == (409, "insufficient_balance")
    assert desk.ask_to_pay(order_id, cashback_to_use=2).status == 200
    assert balances(desk.customer.id) == Balances(held=as_told("5.00"))
    assert decide(desk, asked, "approve").status == 200
    assert balances(desk.customer.id) == Balances(wallet=as_told("3.00"), held=as_told("2.00"))


def test_the_same_request_twice_is_one(desk: Desk) -> None:
    give(desk.customer.id, cashback="5")
    key = {"Idempotency-Key": f"withdraw-{desk.customer.id}"}
    first, second = (ask(desk, 2, headers=key) for _ in range(2))
    assert (first.status, first.json, second.headers["Idempotent-Replayed"]) == (200, second.json, "true")
    assert balances(desk.customer.id) == Balances(cashback=as_told("3.00"), held=as_told("2.00"))


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_what_does_not_exist_is_not_decided(desk: Desk, decision: str) -> None:
    assert decide(desk, str(uuid.uuid4()), decision).status == 404


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_nobody_decides_about_their_own(desk: Desk, decision: str) -> None:
    admin = make_person(desk.system, "SUPER_ADMIN")
    give(admin.id, cashback="5")
    request_id = admin.client.post("/api/cashback/withdraw", {"amount": 5}).json["request_id"]
    refused = admin.client.post(f"/api/cashback/admin/requests/{request_id}/{decision}", {"reason": "mine"})
    assert (refused.status, refused.json["code"]) == (403, "own_account")


def test_administrators_see_what_waits_and_what_was_decided(desk: Desk, asked: str) -> None:
    give(desk.customer.id, cashback="5")
    approved, rejected = (ask(desk, amount).json["request_id"] for amount in (1, 2))
    decide(desk, approved, "approve")
    decide(desk, rejected, "reject", {"reason": "Ask us first"})

    def listed(status: str) -> list[tuple[str, str, str, str | None]]:
        rows = desk.admin.client.get(f"{REQUESTS}?status={status}").json
        mine = [row for row in rows if row["user_id"] == desk.customer.id]
        assert all(row["user_name"].split() and row["currency"] == CURRENCY for row in mine)
        return [(row["id"], str(row["amount"]), row["status"], row["admin_notes"]) for row in mine]

    waiting = [(asked, as_told("3.00"), "PENDING", None)]
    accepted, refused = (
        (approved, as_told("1.00"), "APPROVED", None),
        (rejected, as_told("2.00"), "REJECTED", "Ask us first"),
    )
    assert listed("PENDING") == waiting
    assert listed("PROCESSED") == [refused, accepted]
    assert listed("APPROVED") == [accepted]
    assert listed("REJECTED") == [refused]
    assert listed("") == [refused, accepted, *waiting]
