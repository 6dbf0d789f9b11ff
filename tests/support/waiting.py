"""How long the system waits for a gateway that hangs, read from its log: on a busy machine a clock would measure more."""

import contextlib
import os
import re
from collections.abc import Iterator

from tests.support.clients import System

APP_GIVES_UP_SECONDS = 10


@contextlib.contextmanager
def waits_for_the_gateway(system: System) -> Iterator[list[float]]:
    """Collects after how many seconds the system gave up each unanswered call to the gateway."""
    waits: list[float] = []
    with system.log.open() as log:
        log.seek(0, os.SEEK_END)
        yield waits
        waits += [float(seconds) for seconds in re.findall(r"no answer within ([\d.]+) s", log.read())]
