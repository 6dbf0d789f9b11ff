"""Row pdf: what drawing an invoice costs, ten lines and the worst of texts, each drawing in a process of its own.

Processor time and not the clock, so that other programs on the machine matter little.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from benchmarks.figures import Figure, rounds
from benchmarks.load import ROUNDS

LIMIT_ITEMS = 50  # with two descriptions of 2,000 characters each: all that an order may have
OLD_ITEMS = 200  # what orders from before the limit can have
MOST_SECONDS, MOST_MEBIBYTES = 5, 200
TEXTS = (
    "plain English",
    "plain Arabic",
    "lines of 39 letters",
    "Arabic with a mark on each letter",
    "Arabic marks alone",
    "Latin marks alone",
    "English among Arabic words",
    "brackets between Arabic letters",
    "emoji",
    "letters without a glyph",
    "one English word",
    "one Arabic word",
)
OLD_TEXTS = (*TEXTS, "lines of one letter")  # which are refused now


class Cost(NamedTuple):
    """What one drawing took, and what came of it."""

    seconds: float
    mebibytes: float
    file_bytes: int


Costs = Mapping[str, Sequence[Cost]]


def cost(text: str, items: int) -> Cost:
    """Draw in a new process, started by one that is small: a new process's peak memory is never below its parent's."""
    command = [sys.executable, "-m", "benchmarks.pdf_drawing", text, str(items)]
    small = "import subprocess, sys; subprocess.run(sys.argv[1:], check=True)"
    done = subprocess.run([sys.executable, "-c", small, *command], stdout=subprocess.PIPE, check=True)  # noqa: S603 - our words
    return Cost(*json.loads(done.stdout))


def row() -> list[Figure]:
    """Ten lines; the worst texts that an order may have; and those of older orders, once, as they take a minute."""
    warm = [cost("ten lines", 10) for _ in range(ROUNDS)]
    limit = {text: [cost(text, LIMIT_ITEMS) for _ in range(ROUNDS)] for text in TEXTS}
    old = {text: [cost(text, OLD_ITEMS)] for text in OLD_TEXTS}
    return [
        Figure(what="ten lines in two languages, warm", ours=rounds("ms CPU", (one.seconds * 1000 for one in warm)), bar=15),
        Figure(what="its file", ours=rounds("KB", (one.file_bytes / 1024 for one in warm)), bar=60),
        _slowest("the slowest text that an order may have", limit, MOST_SECONDS),
        _largest("the text that takes most memory", limit, MOST_MEBIBYTES),
        _slowest("the slowest of orders from before the limit, drawn once", old, None),
        _largest("the one of these that takes most memory", old, None),
    ]


def _slowest(what: str, costs: Costs, bar: float | None) -> Figure:
    return _worst(what, "s CPU", {text: [one.seconds for one in found] for text, found in costs.items()}, bar)


def _largest(what: str, costs: Costs, bar: float | None) -> Figure:
    return _worst(what, "MiB", {text: [one.mebibytes for one in found] for text, found in costs.items()}, bar)


def _worst(what: str, unit: str, costs: Mapping[str, Sequence[float]], bar: float | None) -> Figure:
    texts = {text: rounds(unit, found) for text, found in costs.items()}
    worst = max(texts, key=lambda text: texts[text].median)
    details = {"texts": {text: found.values for text, found in texts.items()}}
    return Figure(what=f"{what}: {worst}", ours=texts[worst], bar=bar, details=details)
