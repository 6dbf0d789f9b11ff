"""The wallet: what staff move, what does not move, and a history that adds up."""

import itertools
import uuid
from typing import Any

import pytest

from tests.functions.loyalty.wallets import HISTORY, history, pages, pay
from tests.support.balances import balances, give
from tests.support.clients import Reply
from tests.support.currencies import CURRENCY, as_told
from tests.support.money import Desk
from tests.support.refunds import refund


def at_the_desk(desk: Desk, way: str, body: object, user_id: str | None = None, **options: Any) -> Reply:
    return desk.admin.client.post(f"/api/wallet/{way}?user_id={user_id or desk.customer.id}", body, **options)


def test_a_new_customer_has_an_empty_wallet(desk: Desk) -> None:
    told = desk.customer.client.get("/api/wallet/me").json
    assert (told["user_id"], str(told["balance"]), told["currency"], told["is_active"]) == (
        desk.customer.id,
        as_told("0.00"),
        CURRENCY,
        True,
    )
    assert (
        desk.customer.client.get("/api/wallet/me/balance").text
        == f'{{"balance" : {as_told("0")}, "currency" : "{CURRENCY}"}}'
    )
    assert history(desk) == []


@pytest.mark.parametrize("way", ["deposit", "withdraw"])
@pytest.mark.parametrize("amount", [0, -1, "1.0001", "a lot", True, None, [1], "1e2", 10**12])
def test_a_wrong_amount_moves_nothing(desk: Desk, way: str, amount: object) -> None:
    give(desk.customer.id, wallet="100")
    reply = at_the_desk(desk, way, {"amount": amount})
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "amount"])
    assert balances(desk.customer.id).wallet == as_told("100.00")


@pytest.mark.parametrize("way", ["deposit", "withdraw"])
@pytest.mark.parametrize(("user_id", "status"), [("11111111-1111-4111-8111-111111111111", 404), ("me", 422)])
def test_nobody_s_wallet_moves_no_money(desk: Desk, way: str, user_id: str, status: int) -> None:
    assert at_the_desk(desk, way, {"amount": 1}, user_id).status == status
    assert desk.admin.client.post(f"/api/wallet/{way}", {"amount": 1}).status == 422


def test_staff_put_money_in_and_take_it_out_and_no_more_than_there_is(desk: Desk) -> None:
    deposited = at_the_desk(
        desk, "deposit", {"amount": as_told("100.50"), "description_en": "Gift", "description_ar": "هدية"}
    )
    assert (deposited.json["status"], str(deposited.json["new_balance"])) == ("COMPLETED", as_told("100.50"))
    assert str(at_the_desk(desk, "withdraw", {"amount": 0.5}).json["new_balance"]) == as_told("100.00")
    refused = at_the_desk(desk, "withdraw", {"amount": as_told("100.01")})
    assert (refused.status, refused.json["code"]) == (409, "insufficient_balance")
    assert balances(desk.customer.id).wallet == as_told("100.00")
    assert [(one["transaction_type"], str(one["amount"]), one["description_ar"]) for one in history(desk)] == [
        ("WITHDRAWAL", as_told("0.50"), "سحب"),
        ("DEPOSIT", as_told("100.50"), "هدية"),
    ]


def test_the_audit_log_has_who_moved_how_much(desk: Desk) -> None:
    done = [
        at_the_desk(desk, way, {"amount": amount}).json
        for way, amount in (("deposit", as_told("100.50")), ("withdraw", as_told("0.50")))
    ]
    at_the_desk(desk, "withdraw", {"amount": 1000})
    logged = desk.run(
        """
        select action, actor_id::text, actor_role, trim_scale((before ->> 'balance')::numeric)::text,
               trim_scale((after ->> 'balance')::numeric)::text, trim_scale((after ->> 'amount')::numeric)::text,
               after ->> 'transaction_id'
        from audit_log where entity = 'wallet' and entity_id = :id order by at
        """,
        id=desk.customer.id,
    )
    assert logged == [
        ["deposit", desk.admin.id, "ADMIN", "0", "100.5", "100.5", done[0]["transaction_id"]],
        ["withdraw", desk.admin.id, "ADMIN", "100.5", "100", "0.5", done[1]["transaction_id"]],
    ]


def test_the_same_request_twice_is_one_deposit(desk: Desk) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    replies = [at_the_desk(desk, "deposit", {"amount": 10}, headers=key) for _ in range(2)]
    assert replies[0].json == replies[1].json
    assert replies[1].headers["Idempotent-Replayed"] == "true"
    other = at_the_desk(desk, "deposit", {"amount": 11}, headers=key)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert balances(desk.customer.id).wallet == as_told("10.00")


def test_a_key_with_which_nothing_could_be_withdrawn_may_try_again(desk: Desk) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    assert at_the_desk(desk, "withdraw", {"amount": 10}, headers=key).status == 409
    give(desk.customer.id, wallet="30")
    assert [at_the_desk(desk, "withdraw", {"amount": 10}, headers=key).status for _ in range(2)] == [200, 200]
    assert balances(desk.customer.id).wallet == as_told("20.00")


def test_what_is_held_shows_as_a_payment_that_is_done_or_undone_later(desk: Desk) -> None:
    give(desk.customer.id, wallet="500")
    attempt = desk.pay(desk.order()["id"], 2, wallet_to_use="100")
    assert [(one["transaction_type"], one["status"]) for one in history(desk)] == [
        ("PAYMENT", "PENDING"),
        ("DEPOSIT", "COMPLETED"),
    ]
    desk.happens(attempt.invoice_id, "failed")
    assert [(one["transaction_type"], one["status"]) for one in history(desk)][:2] == [
        ("REFUND", "COMPLETED"),
        ("PAYMENT", "REVERSED"),
    ]
    again = desk.pay(attempt.order_id, 2, wallet_to_use="100")
    desk.happens(again.invoice_id, "paid")
    assert (history(desk)[0]["transaction_type"], history(desk)[0]["status"]) == ("PAYMENT", "COMPLETED")


def test_each_entry_follows_from_the_one_before_it_page_after_page(desk: Desk) -> None:
    """Whatever moves a wallet: staff, a payment held, held anew and undone, a refund, cashback and points."""
    give(desk.customer.id, wallet="900", cashback="10", points=1000)
    at_the_desk(desk, "withdraw", {"amount": as_told("0.25")})
    attempt = desk.pay(desk.order()["id"], 2, wallet_to_use="100")
    second = desk.pay(attempt.order_id, 2, wallet_to_use="150")
    desk.happens(second.invoice_id, "failed")
    paid = desk.order()["id"]
    pay(desk, 342, paid)
    refund(desk, paid, amount=as_told("41.75"))
    request_id = desk.customer.client.post("/api/cashback/withdraw", {"amount": as_told("7.50")}).json["request_id"]
    desk.admin.client.post(f"/api/cashback/admin/requests/{request_id}/approve", {})
    desk.customer.client.post("/api/points/me/redeem", {"points": 250})
    seen = list(itertools.chain(*pages(desk.customer.client, f"{HISTORY}?limit=3")))
    assert [(one["transaction_type"], str(one["amount"]), one["status"]) for one in reversed(seen)] == [
        ("DEPOSIT", as_told("900.00"), "COMPLETED"),
        ("WITHDRAWAL", as_told("0.25"), "COMPLETED"),
        ("PAYMENT", as_told("100.00"), "REVERSED"),
        ("REFUND", as_told("100.00"), "COMPLETED"),
        ("PAYMENT", as_told("150.00"), "REVERSED"),
        ("REFUND", as_told("150.00"), "COMPLETED"),
        ("PAYMENT", as_told("342.00"), "COMPLETED"),
        ("REFUND", as_told("41.75"), "COMPLETED"),
        ("CASHBACK", as_told("7.50"), "COMPLETED"),
        ("BONUS", as_told("2.50"), "COMPLETED"),
    ]
    for newer, older in itertools.pairwise(seen):
        assert newer["balance_before"] == older["balance_after"]
    for one in seen:
        sign = -1 if one["transaction_type"] in ("WITHDRAWAL", "PAYMENT") else 1
        assert one["balance_after"] - one["balance_before"] == sign * one["amount"]
    assert (seen[-1]["balance_before"], str(seen[0]["balance_after"])) == (0, balances(desk.customer.id).wallet)


@pytest.mark.parametrize(("limit", "sizes"), [(1, [1] * 4), (3, [3, 1]), (4, [4]), (100, [4])])
def test_a_page_has_no_more_than_was_asked_for_and_leads_to_the_next(desk: Desk, limit: int, sizes: list[int]) -> None:
    for _ in range(4):
        at_the_desk(desk, "deposit", {"amount": 1})
    found = pages(desk.customer.client, f"{HISTORY}?limit={limit}")
    assert [len(page) for page in found] == sizes
    assert [str(one["balance_after"]) for page in found for one in page] == [
        as_told("4.00"),
        as_told("3.00"),
        as_told("2.00"),
        as_told("1.00"),
    ]


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "cursor=x"])
def test_a_page_that_can_not_be_is_refused(desk: Desk, query: str) -> None:
    assert desk.customer.client.get(f"{HISTORY}?{query}").status == 422
