"""Every test has an agency of its own."""

import pytest

from tests.functions.bookings.trips import Agency, open_agency
from tests.support.clients import System


@pytest.fixture
def agency(system: System) -> Agency:
    return open_agency(system)
