"""What other currencies count for: kept by administrators, in the audit log."""

from collections.abc import Iterator

import pytest

from tests.support.balances import balances
from tests.support.currencies import CURRENCY, as_told
from tests.support.money import Desk

MOST_POINTS = 2_147_483_647


def rates(desk: Desk) -> dict[str, str]:
    """What staff read: the rate of each currency that has one."""
    return {one["currency"]: str(one["rate"]) for one in desk.employee.client.get("/api/loyalty/rates").json}


def test_a_rate_is_set_listed_changed_and_removed(desk: Desk) -> None:
    admin = desk.admin.client
    for rate in ("13.25", "13.5"):
        assert str(admin.put("/api/loyalty/rates/AED", {"rate": rate}).json["rate"]) == rate
    assert rates(desk)["AED"] == "13.5"
    assert admin.delete("/api/loyalty/rates/AED").status == 204
    assert admin.delete("/api/loyalty/rates/AED").status == 404
    audited = desk.run(
        """
        select action, after ->> 'currency', trim_scale((before ->> 'rate')::numeric)::text, after ->> 'rate' from audit_log
        where entity = 'exchange-rate' and actor_id = :id order by at
        """,
        id=desk.admin.id,
    )
    assert audited == [
        ["set-rate", "AED", None, "13.25"],
        ["set-rate", "AED", "13.25", "13.5"],
        ["remove-rate", "AED", "13.5", None],
    ]


def pending_points(desk: Desk) -> int:
    """The points of what the customer has paid by hand."""
    return int(desk.customer.client.get("/api/points/me").json["pending"])


def test_an_order_earns_by_the_rate_that_its_currency_has_when_it_is_paid(desk: Desk) -> None:
    admin = desk.admin.client
    item = {"description_en": "Tour", "quantity": 1, "unit_price": 100}
    earned = []
    for rate in (None, "2.5", "0.019999", None):
        if rate is None:
            admin.delete("/api/loyalty/rates/NOK")
        else:
            assert admin.put("/api/loyalty/rates/NOK", {"rate": rate}).status == 200
        before = pending_points(desk)
        assert desk.order(items=[item], tax_rate=0, currency="NOK", payment_status="PAID")["status"] == "PAID"
        earned.append(pending_points(desk) - before)
    assert earned == [0, 250, 1, 0]
    cashback = desk.customer.client.get("/api/cashback/me").json
    assert [(str(one["booking_amount"]), str(one["amount"]), one["currency"]) for one in cashback] == [
        (as_told("2"), as_told("0.02"), CURRENCY),
        (as_told("250"), as_told("2.5"), CURRENCY),
    ]


@pytest.mark.parametrize(
    ("currency", "rate", "status"),
    [
        ("AED", 0, 422),
        ("AED", -1, 422),
        ("AED", "1.0000001", 422),
        ("AED", "much", 422),
        ("AED", "1e3", 422),
        ("AED", " 5 ", 422),
        ("AED", "1_0", 422),
        ("AED", None, 422),
        ("AED", True, 422),
        ("AED", [1], 422),
        ("AED", "10000000000", 422),
        (CURRENCY, 1, 422),
        ("XXX", 1, 404),
        ("aed", 1, 404),
    ],
)
def test_a_wrong_rate_is_refused(desk: Desk, currency: str, rate: object, status: int) -> None:
    before = rates(desk)
    assert desk.admin.client.put(f"/api/loyalty/rates/{currency}", {"rate": rate}).status == status
    assert rates(desk) == before


@pytest.mark.parametrize("currency", ["XXX", CURRENCY, "aed", "ISK"])
def test_a_rate_that_is_not_there_is_not_removed(desk: Desk, currency: str) -> None:
    assert desk.admin.client.delete(f"/api/loyalty/rates/{currency}").status == 404


@pytest.fixture(params=["1000000", "9999999999"])
def a_dinar_too_dear(desk: Desk, request: pytest.FixtureRequest) -> Iterator[None]:
    """A rate that somebody has mistyped, until the test is over."""
    assert desk.admin.client.put("/api/loyalty/rates/BHD", {"rate": request.param}).status == 200
    yield
    desk.admin.client.delete("/api/loyalty/rates/BHD")


@pytest.mark.usefixtures("a_dinar_too_dear")
def test_a_rate_that_makes_far_too_much_of_an_order_keeps_no_payment_from_settling(desk: Desk) -> None:
    attempt = desk.attempt(currency="BHD", items=[{"description_en": "Charter", "quantity": 1, "unit_price": 90_000}])
    assert desk.outcome(attempt.invoice_id, "paid") == "processed"
    assert desk.statuses(attempt).order == "PAID"
    assert balances(desk.customer.id).points == MOST_POINTS


def test_an_order_beyond_all_points_is_paid_all_the_same(desk: Desk) -> None:
    item = {"description_en": "Fleet", "quantity": 1, "unit_price": "3000000000"}
    assert desk.order(items=[item], tax_rate=0, payment_status="PAID")["status"] == "PAID"
    assert pending_points(desk) == MOST_POINTS


def test_everybody_sees_the_tiers(desk: Desk) -> None:
    tiers = desk.customer.client.get("/api/loyalty/tiers").json
    assert [(tier["code"], tier["threshold"], str(tier["multiplier"])) for tier in tiers] == [
        ("CLASSIC", 0, "1"),
        ("SILVER", 5000, "1.25"),
        ("GOLD", 20000, "1.5"),
        ("VIP", 50000, "2"),
    ]
