"""A customer whose accounts have never moved."""

from uuid import UUID

import pytest

from lib import ledger
from lib.db import Transaction
from tests.support.planting import Rows, make_rows
from tests.support.scenes import a_customer


@pytest.fixture
def customer(tx: Transaction) -> UUID:
    assert tx
    return a_customer()


@pytest.fixture
def wallet(tx: Transaction, customer: UUID) -> ledger.Wallet:
    return ledger.lock_wallet(tx, customer)


@pytest.fixture
def rows(tx: Transaction) -> Rows:
    return make_rows(tx)
