"""How much text an order's invoice prints. One column stands beside the other, so a lone description is printed in both."""

from collections.abc import Iterable
from typing import NamedTuple

MOST_CHARACTERS = 200_000
MOST_LINES = 5_000


class Printed(NamedTuple):
    """Characters and lines as they were written; a line that is too long for its column takes several on paper."""

    characters: int
    lines: int


def printed(descriptions: Iterable[tuple[str, str]], *notes: str | None) -> Printed:
    """What the descriptions (each in Arabic and English) and notes of an invoice come to."""
    texts = [text or "" for text in notes]
    for arabic, english in descriptions:
        texts += [arabic or english, english or arabic]
    return Printed(sum(map(len, texts)), sum(len(text.splitlines()) for text in texts))
