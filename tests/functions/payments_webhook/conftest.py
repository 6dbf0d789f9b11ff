"""A payment whose payer comes back, and a gateway that can fail."""

from collections.abc import Iterator

import pytest

from tests.functions.invoices.purchases import SANDBOX, Purchase, purchase
from tests.support.clients import Client, System
from tests.support.people import Person


@pytest.fixture
def bought(system: System, employee: Person, customer: Person) -> Purchase:
    return purchase(system, employee, customer)


@pytest.fixture
def outage(system: System) -> Iterator[Client]:
    """A hand on the gateway's outage, which ends with the test."""
    client = Client(system.base_url)
    yield client
    client.post(f"{SANDBOX}/outage", {"mode": "ok"})
