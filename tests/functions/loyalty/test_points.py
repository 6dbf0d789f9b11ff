"""Points: earned, redeemed, expired, and never more than there are."""

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from functions.loyalty.points import redeem as redeem_here
from functions.loyalty.schemas import Redemption
from lib.config import config
from lib.errors import Invalid
from lib.money import DECIMALS
from tests.functions.loyalty.wallets import pages
from tests.support.balances import Balances, balances, give
from tests.support.clients import Reply, System
from tests.support.currencies import CURRENCY, OTHER_CURRENCY, as_told
from tests.support.money import Desk
from tests.support.refunds import paid, refund

# One piastre, or one fils.
SMALLEST = Decimal(1).scaleb(-DECIMALS[CURRENCY])


def points_of(desk: Desk) -> dict[str, Any]:
    return dict(desk.customer.client.get("/api/points/me").json)


def redeem(desk: Desk, points: object, **about: object) -> Reply:
    return desk.customer.client.post("/api/points/me/redeem", {"points": points, **about})


def test_a_new_customer_has_none_and_is_in_the_first_tier(desk: Desk) -> None:
    told = points_of(desk)
    sums = ("balance", "current_balance", "total_earned", "total_redeemed", "total_expired", "tier_points")
    assert [told[name] for name in sums] == [0] * 6
    assert (told["tier"], told["expiring_next"]) == ("CLASSIC", None)


@pytest.mark.parametrize(("earned", "tier"), [(4999, "CLASSIC"), (5000, "SILVER"), (20000, "GOLD"), (50000, "VIP")])
def test_points_make_a_tier(desk: Desk, earned: int, tier: str) -> None:
    give(desk.customer.id, points=earned)
    assert (points_of(desk)["tier"], points_of(desk)["tier_points"]) == (tier, earned)


def test_points_that_are_over_do_not_count_before_any_job_has_come(desk: Desk) -> None:
    give(desk.customer.id, points=100)
    desk.run("update points_lots set expires_at = now() - interval '1 second' where user_id = :id", id=desk.customer.id)
    give(desk.customer.id, points=20)
    told = points_of(desk)
    assert (told["balance"], told["total_expired"], told["expiring_next"]["points"]) == (20, 100, 20)
    profile = desk.customer.client.get("/api/auth/me").json
    assert (profile["points"], str(profile["wallet_balance"])) == (
        {"current_balance": 20, "total_earned": 120},
        as_told("0.00"),
    )
    refused = redeem(desk, 21)
    assert (refused.status, refused.json["code"]) == (409, "insufficient_balance")
    assert balances(desk.customer.id).points == 120


@pytest.mark.parametrize(("points", "paid"), [(1000, as_told("10.00")), (500, as_told("5.00"))])
def test_points_of_an_attempt_whose_lot_is_over_meanwhile_come_back_and_can_be_used(
    desk: Desk, points: int, paid: str
) -> None:
    """What an attempt held comes back with thirty days more when another payment replaces it."""
    give(desk.customer.id, points=1000)
    order_id = desk.order()["id"]
    desk.pay(order_id, 2, points_to_use=1000)
    desk.run("update points_lots set expires_at = now() - interval '1 second' where user_id = :id", id=desk.customer.id)
    assert redeem(desk, points, reference_type="ORDER", reference_id=order_id).status == 200
    assert str(desk.customer.client.get(f"/api/orders/{order_id}").json["amount_paid"]) == paid


def test_the_sums_tell_what_became_of_all_points(desk: Desk) -> None:
    paid(desk)
    give(desk.customer.id, points=1000)
    redeem(desk, 100)
    desk.pay(desk.order()["id"], 2, points_to_use=200)
    told = points_of(desk)
    sums = ("balance", "current_balance", "total_earned", "total_redeemed", "total_expired", "tier_points")
    # What is held is neither there nor redeemed.
    assert [told[name] for name in sums] == [1042, 1042, 1342, 100, 0, 1342]


def test_the_lot_that_expires_first_is_spent_first(desk: Desk) -> None:
    for points in (100, 200):
        give(desk.customer.id, points=points)
    desk.run(
        "update points_lots set expires_at = now() + interval '1 day' where user_id = :id and points = 200",
        id=desk.customer.id,
    )
    redeem(desk, 150)
    lots = desk.run("select points, points_left from points_lots where user_id = :id order by points", id=desk.customer.id)
    assert lots == [[100, 100], [200, 50]]


def test_points_are_redeemed_into_the_wallet(desk: Desk) -> None:
    give(desk.customer.id, points=1000)
    told = redeem(desk, 333).json
    assert (told["status"], told["points_redeemed"], str(told["amount"]), told["new_balance"]) == (
        "COMPLETED",
        333,
        as_told("3.33"),
        667,
    )
    assert balances(desk.customer.id) == Balances(wallet=as_told("3.33"), points=667)
    (wallet,) = desk.customer.client.get("/api/wallet/me/transactions").json
    assert (wallet["transaction_type"], wallet["id"]) == ("BONUS", told["transaction_id"])


def test_points_are_redeemed_off_an_order_as_far_as_it_has_room(desk: Desk) -> None:
    give(desk.customer.id, points=4900)
    order_id = desk.order(items=[{"description_en": "Tour", "quantity": 1, "unit_price": 40}], tax_rate=0)["id"]
    told = redeem(desk, 4900, reference_type="ORDER", reference_id=order_id).json
    assert (told["points_redeemed"], str(told["amount"])) == (4000, as_told("40.00"))
    assert desk.customer.client.get(f"/api/orders/{order_id}").json["status"] == "PAID"
    assert points_of(desk)["total_redeemed"] == 4000


@pytest.mark.parametrize("points", [0, -1, 1.5, "many", True, None, 2**31])
def test_what_are_no_points_is_refused(desk: Desk, points: object) -> None:
    give(desk.customer.id, points=100)
    assert redeem(desk, points).status == 422
    assert balances(desk.customer.id) == Balances(points=100)


@pytest.fixture
def a_point_is_worth_little(system: System, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ten points to the smallest coin, in this process alone: the system has started before."""
    assert system
    monkeypatch.setenv("POINT_VALUE", str(SMALLEST / 10))
    config.cache_clear()
    yield
    monkeypatch.undo()
    config.cache_clear()


@pytest.mark.usefixtures("a_point_is_worth_little")
def test_points_that_are_worth_nothing_are_not_taken(desk: Desk) -> None:
    give(desk.customer.id, points=100)
    owner, order_id = UUID(desk.customer.id), UUID(desk.order()["id"])
    into_wallet, off_order = Redemption(points=9), Redemption(points=9, reference_type="ORDER", reference_id=order_id)
    for worthless in (into_wallet, off_order):
        with pytest.raises(Invalid, match="pay nothing"):
            redeem_here(owner, worthless)
    assert balances(desk.customer.id) == Balances(points=100)
    redeem_here(owner, Redemption(points=19))
    assert balances(desk.customer.id) == Balances(str(SMALLEST), points=81)


@pytest.mark.parametrize("half", [{"reference_type": "ORDER"}, {"reference_id": "00000000-0000-0000-0000-000000000000"}])
def test_half_a_reference_is_refused(desk: Desk, half: dict[str, object]) -> None:
    give(desk.customer.id, points=100)
    assert redeem(desk, 10, **half).status == 422
    assert balances(desk.customer.id) == Balances(points=100)


@pytest.mark.parametrize("off_an_order", [True, False])
def test_more_points_than_there_are_are_not_redeemed(desk: Desk, off_an_order: bool) -> None:  # noqa: FBT001 - a parameter of the test
    give(desk.customer.id, points=100)
    order_id = desk.order()["id"]
    about = {"reference_type": "ORDER", "reference_id": order_id} if off_an_order else {}
    refused = redeem(desk, 101, **about)
    assert (refused.status, refused.json["code"]) == (409, "insufficient_balance")
    assert balances(desk.customer.id) == Balances(points=100)
    assert desk.customer.client.get(f"/api/orders/{order_id}").json["status"] == "DRAFT"


def test_points_pay_nothing_in_another_currency(desk: Desk) -> None:
    give(desk.customer.id, points=100)
    refused = redeem(desk, 10, reference_type="ORDER", reference_id=desk.order(currency=OTHER_CURRENCY)["id"])
    assert (refused.status, OTHER_CURRENCY in refused.json["detail"]) == (422, True)
    assert balances(desk.customer.id) == Balances(points=100)


def test_the_same_request_twice_redeems_once(desk: Desk) -> None:
    give(desk.customer.id, points=100)
    path, body, key = "/api/points/me/redeem", {"points": 60}, {"Idempotency-Key": f"redeem-{desk.customer.id}"}
    first, second = (desk.customer.client.post(path, body, headers=key) for _ in range(2))
    assert (first.status, first.json, second.headers["Idempotent-Replayed"]) == (200, second.json, "true")
    assert balances(desk.customer.id) == Balances(as_told("0.60"), points=40)


def test_points_pay_neither_another_s_order_nor_one_that_nothing_is_left_of(desk: Desk, other_customer: Any) -> None:
    give(desk.customer.id, points=1000)
    give(other_customer.id, points=1000)
    order_id = desk.order()["id"]
    body = {"points": 10, "reference_type": "ORDER", "reference_id": order_id}
    assert other_customer.client.post("/api/points/me/redeem", body).status == 404
    desk.employee.client.post(f"/api/orders/{order_id}/cancel", {})
    assert redeem(desk, 10, reference_type="ORDER", reference_id=order_id).status == 409
    assert balances(desk.customer.id) == Balances(points=1000)


def test_history_tells_each_movement_with_its_sign(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    redeem(desk, 42)
    desk.run("update points_lots set expires_at = now() where user_id = :id", id=desk.customer.id)
    desk.job("expire-points")
    told = desk.customer.client.get("/api/points/me/transactions").json
    assert [(one["transaction_type"], one["points"], one["balance_before"], one["balance_after"]) for one in told] == [
        ("EXPIRED", -300, 300, 0),
        ("REDEEMED", -42, 342, 300),
        ("EARNED", 342, 0, 342),
    ]
    earned = told[-1]
    assert (earned["reference_type"], earned["reference_id"], earned["multiplier_applied"]) == ("ORDER", attempt.order_id, 1)
    assert earned["expires_at"] is not None
    assert told[0]["expires_at"] is None


def test_each_movement_follows_from_the_one_before_it_page_after_page(desk: Desk) -> None:
    """Whatever moves points: an order and its refund, a hold and its end, lots that expire in one go."""
    order_id = paid(desk).order_id
    for lot in (100, 200, 300):
        give(desk.customer.id, points=lot)
    attempt = desk.pay(desk.order()["id"], 2, points_to_use=150)
    second = desk.pay(attempt.order_id, 2, points_to_use=50)
    desk.happens(second.invoice_id, "failed")
    refund(desk, order_id)
    desk.run(
        "update points_lots set expires_at = now() - interval '1 second' * (1000 - points) where user_id = :id",
        id=desk.customer.id,
    )
    desk.job("expire-points")
    seen = list(itertools.chain(*pages(desk.customer.client, "/api/points/me/transactions?limit=4")))
    assert [(one["transaction_type"], one["points"]) for one in reversed(seen)] == [
        ("EARNED", 342),
        *(("EARNED", lot) for lot in (100, 200, 300)),
        ("REDEEMED", -150),
        ("ADJUSTED", 150),
        ("REDEEMED", -50),
        ("ADJUSTED", 50),
        ("ADJUSTED", -342),
        *(("EXPIRED", -lot) for lot in (100, 200, 300)),
    ]
    for newer, older in itertools.pairwise(seen):
        assert newer["balance_before"] == older["balance_after"]
    assert all(one["balance_after"] - one["balance_before"] == one["points"] for one in seen)
    assert (seen[-1]["balance_before"], seen[0]["balance_after"]) == (0, 0)
