"""A code lives as long as the gateway says; what its payment holds of balances, three days at most."""

import pytest

from functions.jobs.runs import MOST_SILENT_IN_A_ROW
from tests.support.balances import Balances, balances, give
from tests.support.clients import System
from tests.support.money import Desk, Statuses, open_desk

SETTLED = Statuses("PAID", "PAID", "PAID", "342.00")


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def test_a_code_is_not_closed_before_its_own_end_but_its_balances_are_free_after_three_days(desk: Desk) -> None:
    give(desk.customer.id, wallet="500")
    attempt = desk.pay(desk.order()["id"], 3, wallet_to_use="100")
    assert balances(desk.customer.id) == Balances("400.00", "0.00", 0, "100.00", 0)
    age = "update payments set created_at = now() - :age::interval, expires_at = now() + interval '1 day' where id = :id"
    for old, free, held in (("71 hours", "400.00", "100.00"), ("73 hours", "500.00", "0.00")):
        desk.run(age, age=old, id=attempt.payment_id)
        desk.job("expire-payments")
        assert desk.statuses(attempt).payment == "PENDING"
        assert balances(desk.customer.id) == Balances(free, "0.00", 0, held, 0)
    assert desk.outcome(attempt.invoice_id, "paid") == "processed"
    assert desk.statuses(attempt) == SETTLED
    assert balances(desk.customer.id).wallet == "400.00"


def test_what_needs_no_gateway_is_done_while_it_is_silent(desk: Desk) -> None:
    give(desk.customer.id, wallet="500")
    held = desk.pay(desk.order()["id"], 3, wallet_to_use="100")
    quick = desk.customer.client.post("/api/payments/quick-pay", {"amount": 50, "payment_method_id": 2}).json
    on_account = desk.run("select order_id from payments where id = :id", id=quick["payment_id"])[0][0]
    for payment_id, age in ((held.payment_id, "73 hours"), (quick["payment_id"], "31 days")):
        desk.run("update payments set created_at = now() - :age::interval where id = :id", age=age, id=payment_id)
    desk.run("update orders set created_at = now() - interval '31 days' where id = :id", id=on_account)
    for attempt in [desk.attempt() for _ in range(MOST_SILENT_IN_A_ROW)]:
        desk.run("update payments set expires_at = '2000-01-01' where id = :id", id=attempt.payment_id)
    with desk.outage("error"):
        desk.job("expire-payments")
    assert balances(desk.customer.id) == Balances("500.00", "0.00", 0, "0.00", 0)
    assert desk.employee.client.get(f"/api/orders/{on_account}").json["status"] == "CANCELLED"


def test_a_pages_life_of_thirty_days_holds_balances_for_three(desk: Desk) -> None:
    with desk.answers("invoiceInitPay", {"data": {"expires_in": 2_592_000}}):
        attempt = desk.attempt()
    sql = "select round(extract(epoch from expires_at - created_at) / 3600)::int from payments where id = :id"
    assert desk.run(sql, id=attempt.payment_id) == [[72]]
