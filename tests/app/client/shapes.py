"""Says what a screen reads of an answer, and holds an answer against it.

A shape is a dictionary of shapes by field, a list with the shape of its rows, or one of the words below. What is not named
may be there too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

Shape = Any


def _whole(answer: object) -> bool:
    return isinstance(answer, int) and not isinstance(answer, bool)


def _reads_as(reader: Callable[[str], object]) -> Callable[[object], bool]:
    def reads(answer: object) -> bool:
        try:
            return isinstance(answer, str) and reader(answer) is not None
        except ValueError:
            return False

    return reads


_WORDS: dict[str, Callable[[object], bool]] = {
    "text": lambda answer: isinstance(answer, str),
    "flag": lambda answer: isinstance(answer, bool),
    "yes": lambda answer: answer is True,
    "null": lambda answer: answer is None,
    "count": _whole,
    "number": lambda answer: isinstance(answer, Decimal) or _whole(answer),
    "object": lambda answer: isinstance(answer, dict),
    "address": lambda answer: isinstance(answer, str) and answer.startswith(("http://", "https://")),
    "id": _reads_as(UUID),
    "moment": _reads_as(datetime.fromisoformat),
    "day": _reads_as(date.fromisoformat),
}


@dataclass(frozen=True)
class Maybe:
    """What may be null, but is never absent."""

    shape: Shape


class OneOf:
    """One of the words that a screen compares."""

    def __init__(self, *values: str) -> None:
        self.values = values


def differences(answer: Any, shape: Shape, path: str = "answer") -> Iterator[str]:
    """Where an answer is not what a screen reads, by path."""
    if isinstance(shape, Maybe):
        shape = "null" if answer is None else shape.shape
    if isinstance(shape, OneOf):
        if answer not in shape.values:
            yield f"{path} is {answer!r}, and not one of {shape.values}"
    elif isinstance(shape, str):
        if not _WORDS[shape](answer):
            yield f"{path} is no {shape}: {answer!r}"
    elif not isinstance(answer, type(shape)):
        yield f"{path} is no {type(shape).__name__}: {answer!r}"
    elif isinstance(shape, list):
        for at, row in enumerate(answer):
            yield from differences(row, shape[0], f"{path}[{at}]")
    else:
        for name, field in shape.items():
            where = f"{path}.{name}"
            yield from differences(answer[name], field, where) if name in answer else [f"{where} is absent"]


def without_rows(answer: Any, shape: Shape, path: str = "answer") -> Iterator[str]:
    """The arrays of an answer that have no row, so that nothing was seen of what a screen reads there."""
    if isinstance(shape, list):
        if not answer:
            yield path
        for row in answer:
            yield from without_rows(row, shape[0], path)
    elif isinstance(shape, dict):
        for name, field in shape.items():
            yield from without_rows(answer[name], field, f"{path}.{name}")
