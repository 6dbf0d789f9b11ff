"""No balance grows beyond what the ledger holds: what would make it do so is refused, and changes nothing."""

import pytest

from tests.support.balances import balances, give
from tests.support.clients import Reply
from tests.support.currencies import as_told
from tests.support.money import Desk
from tests.support.refunds import ask_refund, paid

LARGEST = "999999999999999"


def add(desk: Desk, what: str, amount: object) -> Reply:
    """Let an administrator add to a customer's wallet or cashback."""
    if what == "wallet":
        return desk.admin.client.post(f"/api/wallet/deposit?user_id={desk.customer.id}", {"amount": amount})
    return desk.admin.client.post(f"/api/cashback/admin/add?user_id={desk.customer.id}&amount={amount}")


@pytest.mark.parametrize("what", ["wallet", "cashback"])
def test_an_addition_that_overflows_a_balance_is_refused(desk: Desk, what: str) -> None:
    give(desk.customer.id, wallet=LARGEST if what == "wallet" else "0", cashback=LARGEST if what == "cashback" else "0")
    before = balances(desk.customer.id)
    refused = add(desk, what, 1)
    assert (refused.status, refused.json["code"]) == (422, "balance_too_large")
    assert balances(desk.customer.id) == before


def test_what_still_fits_is_added(desk: Desk) -> None:
    give(desk.customer.id, wallet=LARGEST)
    assert str(add(desk, "wallet", "0.99").json["new_balance"]) == f"{LARGEST}{as_told('0.99')[1:]}"
    assert add(desk, "wallet", "0.01").json["code"] == "balance_too_large"


def test_a_refund_that_overflows_the_wallet_is_refused_and_can_go_back_otherwise(desk: Desk) -> None:
    order_id = paid(desk).order_id
    give(desk.customer.id, wallet=LARGEST)
    refused = ask_refund(desk, order_id, "wallet")
    assert (refused.status, refused.json["code"]) == (422, "balance_too_large")
    assert desk.customer.client.get(f"/api/orders/{order_id}").json["status"] == "PAID"
