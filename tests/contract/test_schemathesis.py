"""Every operation under generated requests, good and bad: no 5xx but a 503 that is documented, no answer off its schema.

`make fuzz` makes more of them. No operation is left out.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.support import database
from tests.support.clients import System
from tests.support.operations import Scene, every_operation
from tests.support.people import make_person

schema = every_operation(20, is_deterministic=True)


@pytest.fixture(scope="module")
def scene(system: System) -> Iterator[Scene]:
    yield Scene(system, make_person(system, "CUSTOMER"))
    # Every test calls from the same address, whose logins are counted.
    database.run(system.database_url, "delete from login_attempts")


@schema.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_it_is_described(case: schemathesis.Case[Any], scene: Scene) -> None:
    scene.call(case)
