"""The jobs that move balances by the clock: points expire, cashback is credited, whoever works beside them."""

from collections.abc import Sequence
from uuid import UUID

import pytest

from functions.jobs import cashback, points, runs
from lib.db import Transaction
from lib.db.session import Session
from lib.loyalty.crediting import credit_all
from lib.loyalty.records import LockedCashback
from tests.support.balances import Balances, balances, give
from tests.support.clients import System
from tests.support.money import Desk, at_once, open_desk
from tests.support.scenes import a_customer, an_order, pay_at_the_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def age(desk: Desk, user_id: str) -> None:
    """Let the life of a customer's points be over."""
    desk.run("update points_lots set expires_at = now() - interval '1 second' where user_id = :id", id=user_id)


def close_window(desk: Desk, order_id: str) -> None:
    desk.run("update cashback_records set credit_due_at = now() where order_id = :id", id=order_id)


def bought(desk: Desk, price: int = 1000) -> str:
    item = {"description_en": "Tour", "quantity": 1, "unit_price": price}
    return str(desk.order(items=[item], tax_rate=0, payment_status="PAID")["id"])


def paid_booking(desk: Desk) -> str:
    """The order of a booking that is paid."""
    room = {"item_type": "ROOM", "description_en": "Room", "quantity": 1, "unit_price": 1000}
    body = {
        "user_id": desk.customer.id,
        "booking_type": "HOTEL",
        "title_en": "Aswan",
        "start_date": "2027-01-02",
        "end_date": "2027-01-09",
        "guest_count": 2,
        "items": [room],
    }
    reply = desk.admin.client.post("/api/bookings", body)
    assert reply.status == 201, reply.text
    order_id = str(reply.json["order_id"])
    desk.happens(desk.pay(order_id, 2).invoice_id, "paid")
    return order_id


def status_of(desk: Desk, order_id: str) -> str:
    return str(desk.run("select status from cashback_records where order_id = :id", id=order_id)[0][0])


def test_points_whose_life_is_over_are_taken_off_once(desk: Desk) -> None:
    give(desk.customer.id, points=100)
    age(desk, desk.customer.id)
    give(desk.customer.id, points=30)
    answer = desk.job("expire-points")
    assert answer["outcomes"]["processed"] >= 1
    desk.job("expire-points")
    assert balances(desk.customer.id).points == 30
    told = desk.customer.client.get("/api/points/me").json
    assert (told["balance"], told["total_expired"]) == (30, 100)
    assert desk.customer.client.get("/api/points/me/transactions").json[0]["transaction_type"] == "EXPIRED"


def test_points_that_an_order_holds_come_back_with_thirty_days_and_expire_then(desk: Desk) -> None:
    give(desk.customer.id, points=4000)
    attempt = desk.pay(desk.order()["id"], 2, points_to_use=3000)
    age(desk, desk.customer.id)
    desk.job("expire-points")
    assert balances(desk.customer.id) == Balances(points=0, points_held=3000)
    desk.happens(attempt.invoice_id, "failed")
    desk.job("expire-points")
    assert balances(desk.customer.id) == Balances(points=3000)
    age(desk, desk.customer.id)
    desk.job("expire-points")
    assert balances(desk.customer.id) == Balances()
    assert desk.customer.client.get("/api/points/me").json["total_expired"] == 4000


def test_redeeming_and_expiring_at_once_give_each_point_one_end(desk: Desk) -> None:
    for _ in range(3):
        give(desk.customer.id, points=1000)
        desk.run(
            "update points_lots set expires_at = now() + interval '40 milliseconds' where user_id = :id and points_left > 0",
            id=desk.customer.id,
        )
        redeem = lambda: desk.customer.client.post("/api/points/me/redeem", {"points": 500}).status  # noqa: E731 - a race
        at_once(*[redeem] * 4, *[lambda: int(desk.job("expire-points")["done"])] * 4)
        age(desk, desk.customer.id)
        desk.job("expire-points")
    told = desk.customer.client.get("/api/points/me").json
    assert told["balance"] == 0
    assert told["total_redeemed"] + told["total_expired"] == told["total_earned"] == 3000
    assert balances(desk.customer.id).wallet == f"{told['total_redeemed'] / 100:.2f}"


def test_cashback_is_credited_once_its_window_is_closed_approved_or_not(desk: Desk) -> None:
    early, waiting, approved = bought(desk), bought(desk), bought(desk)
    records = {str(order): str(record) for record, order in desk.run("select id, order_id from cashback_records")}
    assert desk.admin.client.post(f"/api/cashback/{records[approved]}/approve").status == 200
    for order_id in (waiting, approved):
        close_window(desk, order_id)
    at_once(*[lambda: desk.job("credit-cashback")] * 4)
    assert [status_of(desk, order_id) for order_id in (early, waiting, approved)] == ["PENDING", "CREDITED", "CREDITED"]
    assert balances(desk.customer.id).cashback == "20.00"


def test_cashback_that_staff_rejected_is_not_credited(desk: Desk) -> None:
    order_id = bought(desk)
    record_id = desk.run("select id from cashback_records where order_id = :id", id=order_id)[0][0]
    assert desk.admin.client.post(f"/api/cashback/{record_id}/reject", {"reason": "a test booking"}).status == 200
    close_window(desk, order_id)
    desk.job("credit-cashback")
    assert (status_of(desk, order_id), balances(desk.customer.id).cashback) == ("REJECTED", "0.00")


def test_a_record_that_fails_keeps_no_other_waiting(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    bad, good = bought(desk), bought(desk)
    for order_id in (bad, good):
        close_window(desk, order_id)

    def fail_one(tx: Transaction, due: Sequence[LockedCashback]) -> None:
        if bad in [str(record.order_id) for record in due]:
            raise ZeroDivisionError
        credit_all(tx, due)

    monkeypatch.setattr(cashback, "credit_all", fail_one)
    answer = cashback.credit_cashback()
    assert (status_of(desk, bad), status_of(desk, good)) == ("PENDING", "CREDITED")
    assert (answer["left"], answer["outcomes"]["failed"]) == (1, 1)  # type: ignore[index] # a job's answer


@pytest.mark.parametrize("job", [points.expire_points, cashback.credit_cashback])
def test_a_run_whose_time_is_over_says_how_much_is_left(desk: Desk, monkeypatch: pytest.MonkeyPatch, job: object) -> None:
    give(desk.customer.id, points=10)
    age(desk, desk.customer.id)
    close_window(desk, bought(desk))
    monkeypatch.setattr(runs, "RUN_SECONDS", 0.0)
    answer = job()  # type: ignore[operator] # one of the two above
    assert answer["done"] == 0
    assert answer["left"] >= 1


def test_a_customer_without_points_to_expire_is_left_alone(desk: Desk) -> None:
    assert points._expire([UUID(desk.customer.id)]) == {"processed": 0, "already_processed": 1}


def test_cashback_of_a_booking_that_was_called_off_is_never_credited(desk: Desk) -> None:
    order_id = paid_booking(desk)
    record_id = desk.run("select id from cashback_records where order_id = :id", id=order_id)[0][0]
    booking_id = desk.run("select id::text from bookings where order_id = :id", id=order_id)[0][0]
    assert desk.employee.client.post(f"/api/bookings/{booking_id}/cancel", {"reason": "ill"}).json["status"] == "CANCELLED"
    assert desk.admin.client.post(f"/api/cashback/{record_id}/approve").status == 200
    assert desk.admin.client.post(f"/api/cashback/{record_id}/credit").status == 409
    close_window(desk, order_id)
    desk.run("update bookings set start_date = '2026-01-02', end_date = '2026-01-09' where order_id = :id", id=order_id)
    desk.job("credit-cashback")
    assert (status_of(desk, order_id), balances(desk.customer.id).cashback) == ("REJECTED", "0.00")


@pytest.mark.parametrize(("ended_days_ago", "status"), [(-30, "PENDING"), (13, "PENDING"), (16, "CREDITED")])
def test_the_window_of_a_trip_runs_from_its_end_also_if_that_was_moved(desk: Desk, ended_days_ago: int, status: str) -> None:
    order_id = paid_booking(desk)
    close_window(desk, order_id)
    sql = "update bookings set start_date = current_date - :days::integer - 3, end_date = current_date - :days::integer"
    desk.run(f"{sql} where order_id = :id", days=ended_days_ago, id=order_id)
    desk.job("credit-cashback")
    assert status_of(desk, order_id) == status


def count_statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    statements: list[str] = []
    write = Session._write

    def counted(session: Session, sql: str, values: dict[str, object]) -> None:
        statements.append(sql)
        write(session, sql, values)

    monkeypatch.setattr(Session, "_write", counted)
    return statements


def test_jobs_work_in_sets_and_balances_are_right_row_by_row(
    desk: Desk, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert database
    customers = [a_customer(points=number + 1) for number in range(250)]
    desk.run("update points_lots set expires_at = now() - interval '1 second' where user_id = any(:ids)", ids=customers)
    for customer in customers:
        order = an_order(customer, "100")
        pay_at_the_desk(order)
    for table in ("cashback_records", "pending_points"):
        desk.run(f"update {table} set credit_due_at = now() where user_id = any(:ids)", ids=customers)  # noqa: S608 - one of these
    counts: list[int] = []
    for job in (points.expire_points, cashback.credit_cashback):
        with monkeypatch.context() as patched:
            statements = count_statements(patched)
            assert job()["left"] == 0
        counts.append(len(statements))
    # Two sets of points that expire, two of cashback and two of points that waited: their rows add no statements.
    assert max(counts) <= 30
    for number, customer in enumerate(customers):
        assert balances(str(customer)).points == 100, number
        assert balances(str(customer)).cashback == "1.00"
