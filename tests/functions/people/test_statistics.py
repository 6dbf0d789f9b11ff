"""The dashboard's figures: money as it moved in the ledger, by the day in Cairo on which it moved."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lib.days import CAIRO
from tests.support.money import Desk
from tests.support.people import make_person
from tests.support.refunds import refund

STATS = "/api/admin/stats"


def read(desk: Desk, path: str) -> Any:
    reply = desk.admin.client.get(f"{STATS}/{path}")
    assert reply.status == 200, reply.text
    return reply.json


def of_today(desk: Desk) -> Decimal:
    return Decimal(read(desk, "revenue-chart")[-1]["revenue"])


def in_the_ledger(desk: Desk) -> list[list[Any]]:
    return desk.run(
        """
        select cairo_day(e.created_at), a.currency, sum(e.amount) from ledger_entries e
        join ledger_accounts a on a.id = e.account_id and a.kind = 'SALES' group by 1, 2 order by 1, 2
        """
    )


def by_day(desk: Desk) -> list[list[Any]]:
    return desk.run("select day, currency, amount from revenue_by_day('-infinity') order by 1, 2")


def move_back(desk: Desk, order_id: str, interval: str) -> None:
    """As if the order's money had moved so long ago, before the days of then were summed."""
    desk.run(
        f"""
        set session_replication_role = replica;
        update ledger_entries set created_at = created_at - interval '{interval}'
        where transaction_id in (select id from ledger_transactions where order_id = '{order_id}');
        delete from revenue_days;
        update revenue_summed set until = '2020-01-01'
        """  # noqa: S608 - a test's own
    )


def test_the_chart_has_a_row_for_each_day_and_ends_with_today(desk: Desk) -> None:
    today = datetime.now(CAIRO).date()
    for days in (1, 7, 30, 366):
        rows = read(desk, f"revenue-chart?days={days}")
        assert [row["date"] for row in rows] == [str(today - timedelta(days=days - 1 - n)) for n in range(days)]
    assert rows[-1]["day"] == f"{today:%a}"
    assert len(read(desk, "revenue-chart")) == 7


@pytest.mark.parametrize("query", ["days=0", "days=367", "days=x"])
def test_a_chart_that_can_not_be_drawn_is_refused_by_name(desk: Desk, query: str) -> None:
    refused = desk.admin.client.get(f"{STATS}/revenue-chart?{query}")
    assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["query", "days"])


def test_revenue_is_what_was_paid_less_what_was_refunded(desk: Desk) -> None:
    before, month = of_today(desk), Decimal(read(desk, "overview")["revenue"]["this_month"])
    unpaid = desk.order()
    assert of_today(desk) == before
    paid = desk.order(payment_status="PAID")["id"]
    refund(desk, paid, amount="42.00")
    assert of_today(desk) - before == Decimal("300.00")
    revenue = read(desk, "overview")["revenue"]
    assert Decimal(revenue["this_month"]) - month == Decimal("300.00")
    assert (revenue["currency"], unpaid["status"]) == ("EGP", "DRAFT")


def test_another_currency_counts_at_the_rate_of_the_staff_and_stands_by_itself(desk: Desk) -> None:
    before, total = of_today(desk), read(desk, "overview")["revenue"]["by_currency"].get("CHF", 0)
    desk.admin.client.delete("/api/loyalty/rates/CHF")
    desk.order(payment_status="PAID", currency="CHF")
    assert of_today(desk) == before
    assert Decimal(read(desk, "overview")["revenue"]["by_currency"]["CHF"]) - Decimal(total) == Decimal("342.00")
    assert desk.admin.client.put("/api/loyalty/rates/CHF", {"rate": "2"}).status == 200
    assert of_today(desk) - before == Decimal(
        desk.run("select 2 * sum(amount) from revenue_by_day(cairo_day(now())) where currency = 'CHF'")[0][0]
    )
    desk.admin.client.delete("/api/loyalty/rates/CHF")


def test_the_days_that_the_job_sums_are_those_of_the_ledger(desk: Desk) -> None:
    for interval in ("1 day", "40 days", "400 days"):
        move_back(desk, desk.order(payment_status="PAID")["id"], interval)
    # Nothing is summed yet: the ledger is read itself.
    assert by_day(desk) == in_the_ledger(desk)
    answer = desk.job("sum-revenue")
    assert (answer["left"], desk.run("select count(*) > 2 from revenue_days")) == (0, [[True]])
    assert by_day(desk) == in_the_ledger(desk)
    desk.order(payment_status="PAID")
    refund(desk, desk.order(payment_status="PAID")["id"])
    assert by_day(desk) == in_the_ledger(desk)
    for _ in range(2):
        desk.job("sum-revenue")
        assert by_day(desk) == in_the_ledger(desk)


def test_the_last_moments_are_not_summed_since_a_transaction_may_still_be_open(desk: Desk) -> None:
    desk.order(payment_status="PAID")
    desk.job("sum-revenue")
    assert desk.run("select until <= now() - interval '10 minutes' from revenue_summed") == [[True]]


def test_customers_bookings_and_orders_are_counted(desk: Desk) -> None:
    before = read(desk, "overview")
    make_person(desk.system, "CUSTOMER")
    make_person(desk.system, "EMPLOYEE")
    desk.order()
    booking = {"booking_type": "HOTEL", "title_en": "Aswan", "start_date": "2047-05-01"}
    booking |= {"items": [{"description_en": "Room", "quantity": 1, "unit_price": 100}], "user_id": desk.customer.id}  # type: ignore[dict-item] # a body
    assert desk.employee.client.post("/api/bookings", booking).status == 201
    after = read(desk, "overview")
    for name in ("users", "bookings", "orders"):
        assert [after[name][count] - before[name][count] for count in ("total", "this_month")] == [1, 1], name
    desk.job("sum-revenue")
    assert [read(desk, "overview")[name]["total"] for name in ("users", "bookings", "orders")] == [
        after[name]["total"] for name in ("users", "bookings", "orders")
    ]
    assert (after["offers"], after["chats"]) == ({"active": 0}, {"open": 0})


def test_a_month_is_compared_with_the_one_before(desk: Desk) -> None:
    desk.run("update users set created_at = created_at - interval '400 days' where role = 'CUSTOMER'")
    desk.job("sum-revenue")
    assert read(desk, "overview")["users"]["change_percent"] == 0
    last, now = [make_person(desk.system, "CUSTOMER") for _ in range(2)], [make_person(desk.system, "CUSTOMER")]
    desk.run(
        """
        update users set created_at = date_trunc('month', now() at time zone 'Africa/Cairo') at time zone 'Africa/Cairo'
            - interval '3 days'
        where id = any(:ids::uuid[])
        """,
        ids=[person.id for person in last],
    )
    users = read(desk, "overview")["users"]
    assert (users["this_month"], users["change_percent"], len(now)) == (1, -50, 1)


def test_what_happened_last_is_listed_with_words_for_each(desk: Desk) -> None:
    made = desk.order(payment_status="PAID")
    rows = read(desk, "recent-activities?limit=50")
    assert [row["time"] for row in rows] == sorted((row["time"] for row in rows), reverse=True)
    assert all(row["title"] and row["description"] and row["icon"] for row in rows)
    assert any(row["type"] == "order" and made["order_number"] in row["description"] for row in rows)
    assert {"user", "payment", "order"} <= {row["type"] for row in rows}
    assert len(read(desk, "recent-activities")) == 10


def test_a_payment_and_its_order_are_one_transaction(desk: Desk) -> None:
    paid, unpaid = desk.order(payment_status="PAID"), desk.order()
    rows = read(desk, "transactions")
    assert (rows[0]["id"], rows[0]["type"], rows[0]["status"]) == (unpaid["id"], "INVOICE", "UNPAID")
    assert (rows[1]["type"], rows[1]["status"], str(rows[1]["amount"])) == ("PAYMENT", "PAID", "342.00")
    assert rows[1]["user"] == "Mona El-Sayed"
    assert paid["id"] not in {row["id"] for row in rows}
