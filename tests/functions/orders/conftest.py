from collections.abc import Iterator
from uuid import UUID

import pytest

from lib.ledger.verifying import verify_batch
from tests.support.clients import System
from tests.support.money import Desk, open_desk


@pytest.fixture
def desk(system: System) -> Iterator[Desk]:
    """A desk whose customer's books are proven once the test is over."""
    opened = open_desk(system)
    yield opened
    assert verify_batch(UUID(int=UUID(opened.customer.id).int - 1), 1).disagreements == []


@pytest.fixture
def desk_of_another(system: System) -> Desk:
    return open_desk(system)
