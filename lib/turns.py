"""Turns at the database: a handler has one while it runs, and gives it up before it waits for something else."""

import contextvars
from collections.abc import Callable

_give_up: contextvars.ContextVar[Callable[[], None] | None] = contextvars.ContextVar("give_up_turn", default=None)


def begin(give_up: Callable[[], None]) -> None:
    """Have a turn in this context, which `give_up` ends. It may be called more than once, from any thread."""
    _give_up.set(give_up)


def step_aside() -> None:
    """Let another handler run, because what follows may take long without the database. Without a turn it does nothing."""
    give_up = _give_up.get()
    if give_up is not None:
        give_up()
