"""A code lives as long as the gateway says; what its payment holds of balances, three days at most."""

import pytest

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


def test_a_pages_life_of_thirty_days_holds_balances_for_three(desk: Desk) -> None:
    with desk.answers("invoiceInitPay", {"data": {"expires_in": 2_592_000}}):
        attempt = desk.attempt()
    sql = "select round(extract(epoch from expires_at - created_at) / 3600)::int from payments where id = :id"
    assert desk.run(sql, id=attempt.payment_id) == [[72]]
