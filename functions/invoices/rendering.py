"""An invoice's JSON made into its PDF: in this process, or, where it is large, in one of its own.

A drawing holds Python's lock for most of its time, whatever thread it is in. A small one takes some ten milliseconds, and
others get their turns meanwhile. A large one would slow down every other request of the instance for seconds, so it is left
to a process of lower priority, whose start costs half a second.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from functions.invoices.snapshot import CurrentStatus, InvoiceSnapshot
from lib.orders.texts import printed

_ROOT = Path(__file__).resolve().parents[2]
# What is drawn in a tenth of a second at the most.
_SMALL_CHARACTERS, _SMALL_LINES = 10_000, 500
_MOST_SECONDS = 60
_LOWER_PRIORITY = 10


def is_large(invoice: dict[str, Any]) -> bool:
    """Whether drawing takes so long that it must not be done in the server's process."""
    descriptions = [(line["description_ar"], line["description_en"]) for line in invoice["lines"]]
    found = printed(descriptions, invoice["notes_ar"], invoice["notes_en"])
    return found.characters > _SMALL_CHARACTERS or found.lines > _SMALL_LINES


def parsed(invoice: bytes) -> dict[str, Any]:
    """The invoice's JSON, its amounts as exact as they were written."""
    found: dict[str, Any] = json.loads(invoice, parse_float=Decimal)
    return found


def drawn(invoice: dict[str, Any]) -> bytes:
    """The PDF, drawn here."""
    # The PDF library is slow to import, and an instance that only answers data never needs it.
    from functions.invoices.document import render  # noqa: PLC0415

    snapshot, language = InvoiceSnapshot.model_validate(invoice), invoice["buyer"]["language"]
    return render(snapshot, CurrentStatus.of(invoice), invoice["verify_url"], language)


def drawn_apart(invoice: bytes) -> bytes:
    """The PDF, drawn by another process. Raises CalledProcessError or TimeoutExpired; what went wrong is in the log."""
    done = subprocess.run(  # noqa: S603 - nothing of a request is in the command
        [sys.executable, "-m", __name__],
        input=invoice,
        stdout=subprocess.PIPE,
        cwd=_ROOT,
        timeout=_MOST_SECONDS,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    os.nice(_LOWER_PRIORITY)
    sys.stdout.buffer.write(drawn(parsed(sys.stdin.buffer.read())))
