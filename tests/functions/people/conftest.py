"""Staff and a customer whom they look after."""

import pytest

from tests.support.clients import System
from tests.support.money import Desk, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)
