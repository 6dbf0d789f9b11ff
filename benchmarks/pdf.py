"""`python -m benchmarks.pdf`: what drawing an invoice costs, ten lines and the worst of texts, each in a process of its own.

Processor time and not the clock, so that other programs on the machine matter little.
"""

import json
import subprocess
import sys
from typing import NamedTuple

LIMIT_ITEMS = 50  # with two descriptions of 2,000 characters each: all that an order may have
OLD_ITEMS = 200  # what orders from before the limit can have
TEXTS = (
    "plain English",
    "plain Arabic",
    "lines of 39 letters",
    "lines of one letter (refused)",
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


class Cost(NamedTuple):
    """What one drawing took, and what came of it."""

    seconds: float
    mebibytes: float
    file_bytes: int


def cost(text: str, items: int) -> Cost:
    """Draw in a new process. This one stays small: a new process's peak memory is never below that of its parent."""
    command = [sys.executable, "-m", "benchmarks.pdf_drawing", text, str(items)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own words
    return Cost(*json.loads(done.stdout))


def main() -> None:
    """Print one line for each text."""
    warm = cost("ten lines", 10)
    print(f"ten lines in two languages, warm: {warm.seconds * 1000:.1f} ms CPU, {warm.file_bytes / 1024:.0f} KB")
    print(f"\n{'':36} {'at the limit':>25}    {f'{OLD_ITEMS} items of twice 2,000':>25}")
    for text in TEXTS:
        columns = (cost(text, items) for items in (LIMIT_ITEMS, OLD_ITEMS))
        print(f"{text:36} " + "    ".join(f"{one.seconds:10.2f} s {one.mebibytes:9.0f} MiB" for one in columns), flush=True)


if __name__ == "__main__":
    main()
