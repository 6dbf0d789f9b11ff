"""What nobody thought of: 100 random calls of every operation by a customer and by an administrator, anew in each run.

`make fuzz` runs these, with EXAMPLES calls of each. A failure prints the seed that makes the same calls again
(`SEED=… make fuzz`). The ledger of the database that they were made on is verified afterwards, as after all tests.
"""

import os
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.support.clients import System
from tests.support.operations import Scene, every_operation
from tests.support.people import make_person

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(1800)]

EXAMPLES = int(os.environ.get("EXAMPLES", "100"))

schema = every_operation(EXAMPLES, is_deterministic=False)


@pytest.fixture(scope="module")
def as_customer(system: System) -> Scene:
    return Scene(system, make_person(system, "CUSTOMER"), role="CUSTOMER")


@pytest.fixture(scope="module")
def as_administrator(system: System) -> Scene:
    return Scene(system, make_person(system, "CUSTOMER"), role="ADMIN")


@schema.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_a_customer_is_answered_as_it_is_described(case: schemathesis.Case[Any], as_customer: Scene) -> None:
    as_customer.call(case)


@schema.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_an_administrator_is_answered_as_it_is_described(case: schemathesis.Case[Any], as_administrator: Scene) -> None:
    as_administrator.call(case)
