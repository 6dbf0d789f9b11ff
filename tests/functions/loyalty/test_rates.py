"""What other currencies count for: kept by administrators, in the audit log."""

import pytest

from tests.support.money import Desk


def test_a_rate_is_set_listed_changed_and_removed(desk: Desk) -> None:
    admin = desk.admin.client
    for rate in ("13.25", "13.5"):
        assert str(admin.put("/api/loyalty/rates/AED", {"rate": rate}).json["rate"]) == rate
    assert [str(one["rate"]) for one in admin.get("/api/loyalty/rates").json if one["currency"] == "AED"] == ["13.5"]
    assert admin.delete("/api/loyalty/rates/AED").status == 204
    assert admin.delete("/api/loyalty/rates/AED").status == 404
    audited = desk.run(
        """
        select action, after ->> 'rate' from audit_log
        where entity = 'exchange-rate' and actor_id = :id order by at
        """,
        id=desk.admin.id,
    )
    assert audited == [["set-rate", "13.25"], ["set-rate", "13.5"], ["remove-rate", None]]


@pytest.mark.parametrize(
    ("currency", "rate", "status"),
    [
        ("AED", 0, 422),
        ("AED", -1, 422),
        ("AED", "1.0000001", 422),
        ("AED", "much", 422),
        ("AED", None, 422),
        ("EGP", 1, 422),
        ("XXX", 1, 404),
        ("aed", 1, 404),
    ],
)
def test_a_wrong_rate_is_refused(desk: Desk, currency: str, rate: object, status: int) -> None:
    assert desk.admin.client.put(f"/api/loyalty/rates/{currency}", {"rate": rate}).status == status


def test_everybody_sees_the_tiers(desk: Desk) -> None:
    tiers = desk.customer.client.get("/api/loyalty/tiers").json
    assert [(tier["code"], tier["threshold"], str(tier["multiplier"])) for tier in tiers] == [
        ("CLASSIC", 0, "1"),
        ("SILVER", 5000, "1.25"),
        ("GOLD", 20000, "1.5"),
        ("VIP", 50000, "2"),
    ]
