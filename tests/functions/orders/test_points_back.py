"""Points that come back to a customer expire when they would have, but not within 30 days."""

import pytest

from tests.support.balances import give
from tests.support.currencies import as_told
from tests.support.money import Desk
from tests.support.refunds import refund


def lots(desk: Desk) -> list[tuple[int, int]]:
    """The points that no order earned, by the days that they have left."""
    rows = desk.run(
        """
        select round(extract(epoch from expires_at - now()) / 86400)::integer as days, sum(points_left)
        from points_lots where user_id = :id and points_left > 0 and order_id is null group by days order by days
        """,
        id=desk.customer.id,
    )
    return [(days, points) for days, points in rows]


def have(desk: Desk, points: int, days: int) -> None:
    """Give points that expire in so many days."""
    give(desk.customer.id, points=points)
    desk.run(
        """
        update points_lots set expires_at = now() + make_interval(days => :days::integer)
        where user_id = :id and expires_at > now() + interval '360 days'
        """,
        id=desk.customer.id,
        days=days,
    )


def redeemed(desk: Desk, points: int) -> str:
    """An order that is paid with points; its id."""
    price = {"description_en": "Tour", "quantity": 1, "unit_price": points // 100}
    order_id = str(desk.order(items=[price], tax_rate=0)["id"])
    assert desk.ask_to_pay(order_id, points_to_use=points).status == 200
    return order_id


@pytest.mark.parametrize(
    "amounts", [[as_told("30.00")], [as_told("10.00"), as_told("20.00")], [as_told("25.00"), as_told("5.00")]]
)
def test_a_refund_gives_points_back_with_their_old_expiry(desk: Desk, amounts: list[str]) -> None:
    have(desk, 1000, 5)
    have(desk, 3000, 200)
    order_id = redeemed(desk, 3000)
    assert lots(desk) == [(200, 1000)]
    for amount in amounts:
        refund(desk, order_id, amount=amount)
    assert lots(desk) == [(30, 1000), (200, 3000)]


def test_a_part_of_a_refund_gives_those_back_that_expire_last(desk: Desk) -> None:
    have(desk, 1000, 5)
    have(desk, 3000, 200)
    refund(desk, redeemed(desk, 3000), amount=as_told("20.00"))
    assert lots(desk) == [(200, 3000)]


def leave(desk: Desk, days: int) -> None:
    """Let time go by until the points that came back have so many days left."""
    desk.run(
        """
        update points_lots set expires_at = now() + make_interval(days => :days::integer)
        where user_id = :id and came_from is not null
        """,
        id=desk.customer.id,
        days=days,
    )


def test_opening_payments_again_and_again_does_not_keep_points_for_ever(desk: Desk) -> None:
    have(desk, 1000, 2)
    order_id = desk.order()["id"]
    desk.pay(order_id, 2, points_to_use=1000)
    desk.pay(order_id, 2, points_to_use=0)
    assert lots(desk) == [(30, 1000)]
    leave(desk, 2)
    for _ in range(2):
        desk.pay(order_id, 2, points_to_use=600)
        desk.pay(order_id, 2, points_to_use=0)
        assert lots(desk) == [(2, 1000)]


def test_each_point_is_put_off_once_whatever_was_held_together(desk: Desk) -> None:
    have(desk, 1000, 2)
    order_id = desk.order()["id"]
    desk.pay(order_id, 2, points_to_use=600)
    desk.pay(order_id, 2, points_to_use=0)
    assert lots(desk) == [(2, 400), (30, 600)]
    leave(desk, 5)
    desk.pay(order_id, 2, points_to_use=1000)
    desk.pay(order_id, 2, points_to_use=0)
    assert lots(desk) == [(5, 600), (30, 400)]


def test_points_that_are_released_after_their_time_was_put_off_are_gone(desk: Desk) -> None:
    have(desk, 1000, 2)
    order_id = desk.order()["id"]
    desk.pay(order_id, 2, points_to_use=1000)
    desk.pay(order_id, 2, points_to_use=0)
    leave(desk, 2)
    desk.pay(order_id, 2, points_to_use=1000)
    leave(desk, -1)
    desk.pay(order_id, 2, points_to_use=0)
    told = desk.customer.client.get("/api/points/me").json
    assert (told["balance"], told["total_expired"]) == (0, 1000)


def test_a_refund_gives_30_days_also_to_points_that_were_put_off_before(desk: Desk) -> None:
    have(desk, 1000, 2)
    order_id = desk.order()["id"]
    desk.pay(order_id, 2, points_to_use=1000)
    assert desk.employee.client.post(f"/api/orders/{order_id}/cancel", {}).status == 200
    leave(desk, 5)
    refund(desk, redeemed(desk, 1000))
    assert lots(desk) == [(30, 1000)]


def test_what_an_order_does_not_use_after_all_comes_back_with_30_days(desk: Desk) -> None:
    have(desk, 1000, 5)
    order_id = desk.order(points_to_use=600)["id"]
    assert desk.employee.client.delete(f"/api/orders/{order_id}").status == 204
    assert lots(desk) == [(5, 400), (30, 600)]
    newest = desk.customer.client.get("/api/points/me/transactions").json[0]
    assert (newest["points"], newest["expires_at"][:10]) == (
        600,
        desk.run("select (now() + interval '30 days')::date::text")[0][0],
    )
