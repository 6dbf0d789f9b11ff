"""Whose order and balances they are is looked at again under the lock: a draft may have been moved to another customer."""

from decimal import Decimal
from uuid import UUID

import pytest

from functions.loyalty import checks, points, wallet
from functions.loyalty.schemas import Redemption, WalletPayment
from lib.db import Transaction
from lib.errors import Forbidden, NotFound
from lib.holds.splitting import BalanceLimits
from lib.orders.locks import LockedOrder
from lib.payments import opening
from lib.payments.payable import lock_payable
from tests.properties.instant_gateway import InstantGateway
from tests.support.balances import Balances, balances
from tests.support.scenes import a_customer, a_draft, as_caller, order_now
from tests.support.undoing import UndoneSession

WALLET_100 = BalanceLimits(wallet=Decimal(100))
ALL_OF_IT = BalanceLimits(wallet=Decimal(342))


@pytest.fixture
def customer(undone: UndoneSession, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """The customer to whom staff move every draft in the moment before it is locked."""
    assert undone
    assert gateway
    other = a_customer(wallet="342", points=40000)

    def move_first(tx: Transaction, order_id: UUID) -> LockedOrder:
        tx.run("update orders set user_id = :other where id = :id", other=other, id=order_id)
        return lock_payable(tx, order_id)

    monkeypatch.setattr(opening, "lock_payable", move_first)
    monkeypatch.setattr(checks, "lock_payable", move_first)
    return other


@pytest.mark.parametrize("limits", [WALLET_100, ALL_OF_IT, None])
def test_a_customer_pays_no_order_that_is_somebody_else_s_by_now(customer: UUID, limits: BalanceLimits | None) -> None:
    before = a_draft(a_customer())
    with pytest.raises(NotFound):
        opening.pay(before.id, as_caller(before.user_id), None, limits)
    assert balances(str(customer)) == Balances("342.00", points=40000)
    assert order_now(before).status == "DRAFT"


@pytest.mark.parametrize("limits", [WALLET_100, ALL_OF_IT])
def test_an_employee_whose_draft_is_a_customer_s_by_now_spends_no_balances_of_theirs(
    customer: UUID, limits: BalanceLimits
) -> None:
    before = a_draft(a_customer(role="EMPLOYEE"))
    with pytest.raises(Forbidden, match="administrator"):
        opening.pay(before.id, as_caller(before.user_id, "EMPLOYEE"), None, limits)
    assert balances(str(customer)) == Balances("342.00", points=40000)


def test_wallet_and_points_of_another_customer_pay_nothing(customer: UUID) -> None:
    before = a_draft(a_customer())
    with pytest.raises(NotFound):
        wallet.pay_from_wallet(
            before.user_id, WalletPayment(amount=Decimal(10), reference_type="ORDER", reference_id=before.id)
        )
    with pytest.raises(NotFound):
        points.redeem(before.user_id, Redemption(points=1000, reference_type="ORDER", reference_id=before.id))
    assert balances(str(customer)) == Balances("342.00", points=40000)
