"""The library in this process, without HTTP, on a database that each test leaves as it was."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from lib import db
from lib.db import Transaction
from lib.db.session import open_session
from lib.orders.locks import LockedOrder
from lib.payments import gateway as payment_gateway
from tests.properties.instant_gateway import InstantGateway
from tests.support.scenes import a_customer, an_order
from tests.support.undoing import OneSessionPool, UndoneSession, undone_session


@pytest.fixture
def undone(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[UndoneSession]:
    """The library has a database of which nothing is kept; each of its transactions ends as it always does."""
    assert database
    with undone_session() as session:
        pool = OneSessionPool(session)
        monkeypatch.setattr("lib.db.pool.pool", lambda: pool)
        monkeypatch.setattr("lib.db.transactions.pool", lambda: pool)
        yield session


@pytest.fixture
def tx(undone: UndoneSession) -> Iterator[Transaction]:
    """An open transaction, which everything that the library does in this test joins."""
    token = open_session.set(undone)
    yield Transaction(undone)
    open_session.reset(token)


@pytest.fixture
def customer(undone: UndoneSession) -> UUID:
    """Somebody who has something of each balance."""
    assert undone
    return a_customer(wallet="100", cashback="20", points=4000)


@pytest.fixture
def order(customer: UUID) -> LockedOrder:
    """An order of 342.00 that can be paid."""
    return an_order(customer)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> InstantGateway:
    """A gateway that answers at once, and is not to be called while a transaction is open."""
    double = InstantGateway()

    def client() -> InstantGateway:
        assert not db.transaction_is_open(), "the gateway is called while a transaction is open"
        return double

    monkeypatch.setattr(payment_gateway, "client", client)
    monkeypatch.setattr(payment_gateway, "_methods", (0.0, []))
    return double
