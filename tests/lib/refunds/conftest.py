"""Paid orders, and refunds of them as far as a test wants them to have come."""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

import pytest

from lib.audit import Actor
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder
from lib.payments.locks import LockedPayment
from lib.refunds.refunding import RefundRequest, refund
from tests.properties.instant_gateway import InstantGateway
from tests.support.scenes import a_settled_payment, an_actor, refunds_of
from tests.support.undoing import UndoneSession

Pay = Callable[..., LockedPayment]


@pytest.fixture
def actor(undone: UndoneSession) -> Actor:
    assert undone
    return an_actor()


@pytest.fixture
def pay(gateway: InstantGateway) -> Pay:
    """Pay what is left of an order, by the gateway and what a split takes; the gateway knows of its part."""

    def paid(order: LockedOrder, split: Split | None = None) -> LockedPayment:
        payment = a_settled_payment(order, split)
        gateway.know(str(payment.gateway_invoice_id), payment.amount, payment.currency)
        return payment

    return paid


@pytest.fixture
def claimed(order: LockedOrder, pay: Pay, actor: Actor, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """A refund of 42.00 by the gateway whose request died before it could write down the answer."""
    pay(order)

    def die(*_given: object) -> None:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr(gateway, "request_refund", die)
        with pytest.raises(InterruptedError):
            refund(order.id, actor, RefundRequest(reason="called off", destination="gateway", amount=Decimal(42)))
    (found,) = refunds_of(order)
    return found.id
