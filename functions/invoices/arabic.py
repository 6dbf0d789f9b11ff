"""Mixed Arabic and Latin text: broken into lines first, then ordered, then joined into glyphs.

The order matters: if a paragraph is put into visual order before it is broken, its lines come out in reverse.

    wrapped(text, …)  ->  logical lines, the first words on the first
    shaped(line, …)   ->  that line's glyphs from left to right, letters joined and marks placed

All lengths are in thousandths of the font size, so that this module knows neither sizes nor pages.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from functions.invoices.ordering import STEERING, WORDS, Direction, parts
from functions.invoices.shaping import Glyph, advance, runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.invoices.faces import Weight

__all__ = ["Direction", "Glyph", "clean", "direction_of", "has_words", "shaped", "width", "wrapped"]

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SPACE = re.compile(r"[^\S\u00a0\u2007\u202f]+")
_NARROWEST_LETTER = 160  # limits the length of a text that is measured
_LONGEST_KEPT = 32  # the width of a longer word is not remembered: it seldom comes again


def clean(text: str) -> str:
    """Compose letters with their marks, and replace characters that can't be printed.

    Embeddings and overrides are removed, because with them a text can show other amounts than it has.
    """
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text.replace("\t", " "))
    return _UNPRINTABLE.sub("\ufffd", STEERING.sub("", composed))


def direction_of(text: str) -> Direction:
    """Tell the direction of a text of unknown language: that of most of its words."""
    if text.isascii():
        return "ltr"
    right_to_left = sum(1 if WORDS.match(word) else -1 for word in text.split() if any(map(str.isalpha, word)))
    return "rtl" if right_to_left > 0 else "ltr"


def has_words(text: str) -> bool:
    """Tell whether any of a text is written from right to left."""
    return not text.isascii() and WORDS.search(text) is not None


def wrapped(text: str, direction: Direction, weight: Weight, limit: float) -> tuple[str, ...]:
    """Break a text into logical lines not wider than ``limit``, at spaces and inside words that are too long."""
    lines: list[str] = []
    for paragraph in text.strip().splitlines():
        lines.extend(_lines_of_paragraph(clean(paragraph), direction, weight, limit))
    return tuple(lines)


def width(text: str, direction: Direction, weight: Weight) -> int:
    """Measure one line as it will be drawn, with its letters joined."""
    if len(text) <= _LONGEST_KEPT:
        return _kept_width(text, direction, weight)
    return _width(text, direction, weight)


@lru_cache(maxsize=512)
def shaped(line: str, direction: Direction, weight: Weight) -> tuple[Glyph, ...]:
    """Give one line's glyphs in visual order, from left to right."""
    return tuple(
        glyph
        for part in parts(clean(line), direction)
        for run in runs(part.text, weight, part.direction, apart=part.apart)
        for glyph in run.glyphs
    )


def _width(text: str, direction: Direction, weight: Weight) -> int:
    return sum([advance(part.text, weight, part.direction) for part in parts(clean(text), direction)])


_kept_width = lru_cache(maxsize=8192)(_width)


def _lines_of_paragraph(paragraph: str, direction: Direction, weight: Weight, limit: float) -> Iterator[str]:
    space = width(" ", direction, weight)
    line: list[str] = []
    reached = 0
    for word in _SPACE.split(paragraph.strip()):
        for number, (piece, length) in enumerate(_pieces(word, direction, weight, limit)):
            # Two pieces of one word are never on the same line, because a space between them would make them two words.
            if line and (number or reached + space + length > limit):
                yield " ".join(line)
                line, reached = [], 0
            reached = reached + space + length if line else length
            line.append(piece)
    yield " ".join(line)


def _pieces(word: str, direction: Direction, weight: Weight, limit: float) -> Iterator[tuple[str, int]]:
    """Cut a word that is wider than a line into pieces that fit; each with its width. Most words are one piece."""
    most = int(limit / _NARROWEST_LETTER) + 1
    if len(word) <= most:
        length = width(word, direction, weight)
        if length <= limit:
            yield word, length
            return
    cut = most // 3
    while word:
        cut, length = _fitting(word[:most], cut, direction, weight, limit=limit)
        if cut < len(word) and unicodedata.combining(word[cut]):
            # A mark stays with its letter, unless one letter has more marks than fit on a line.
            cut = next((place for place in range(cut - 1, 0, -1) if not unicodedata.combining(word[place])), cut)
            length = width(word[:cut], direction, weight)
        yield word[:cut], length
        word = word[cut:]


def _fitting(word: str, guess: int, direction: Direction, weight: Weight, *, limit: float) -> tuple[int, int]:
    """Find how many characters of a word fit on a line, and at least one; with their width.

    The next guess is where the line would end if all letters were alike, and each fourth one is the middle, which ends the
    search soon where they are not alike at all. A line into which one more of average width would not fit is full.
    """
    fits, length, over, average, guesses = 0, 0, len(word) + 1, 0.0, 0
    while over - fits > 1 and not (fits and limit - length < average):
        guess = min(max(guess, fits + 1), over - 1)
        measured = width(word[:guess], direction, weight)
        if measured <= limit:
            fits, length = guess, measured
        else:
            over = guess
        guesses += 1
        average = measured / guess
        guess = (fits + over) // 2 if guesses % 4 == 0 or not average else fits + int((limit - length) / average)
    return (fits, length) if fits else (1, width(word[:1], direction, weight))
