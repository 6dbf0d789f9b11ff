"""What becomes of a field that a screen sends to change something."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.clients import Reply

Row = dict[str, Any]


@dataclass(frozen=True)
class Shows:
    """A read shows it under this name, with this value."""

    name: str
    value: object


@dataclass(frozen=True)
class Refused:
    """It is refused in words that name it."""

    status: int
    name: str


@dataclass(frozen=True)
class Nothing:
    """It changes nothing, because the contract says so in these words."""

    words: str


Outcome = Shows | Refused | Nothing


def held(outcome: Outcome, read: Callable[[], Row], send: Callable[[], Reply]) -> None:
    """Send a change, and see its outcome and nothing less."""
    before = read()
    reply = send()
    after = read()
    if isinstance(outcome, Shows):
        assert reply.status == 200, reply.text
        assert before[outcome.name] != outcome.value, "it stood so before"
        assert after[outcome.name] == outcome.value
        return
    if isinstance(outcome, Refused):
        named = [reply.json["detail"], *(str(error["loc"]) for error in reply.json.get("errors", []))]
        assert (reply.status, any(outcome.name in text for text in named)) == (outcome.status, True), reply.text
    else:
        assert reply.status == 200, reply.text
    assert {**before, "updated_at": None} == {**after, "updated_at": None}, outcome
