"""Letters joined into glyphs by HarfBuzz, in the face that has them."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import uharfbuzz

from functions.invoices.faces import FACES, Face, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from functions.invoices.ordering import Direction


class Glyph(NamedTuple):
    """A drawn shape, and the one character that a PDF reader extracts from it, if any.

    A mark has no text, and a ligature only its first character as seen on paper: an empty glyph beside it has the rest.
    PDF readers reverse right-to-left text character by character and take a glyph above the baseline for another line, so
    in any other form they would extract the text in a wrong order.
    """

    face: Face
    index: int  # type: ignore[assignment]  # instead of the method of tuples
    text: str
    advance: int
    x_offset: int
    y_offset: int
    apart: bool  # in an address or a number with spaces among Arabic words, whose parts PDF readers would reverse


class Run(NamedTuple):
    """Glyphs of one face and one direction, from left to right, and how wide they are."""

    glyphs: tuple[Glyph, ...]
    advance: int


_WITHOUT_INVISIBLE = uharfbuzz.BufferFlags.REMOVE_DEFAULT_IGNORABLES
_BY_CHARACTER = uharfbuzz.BufferClusterLevel.MONOTONE_CHARACTERS

# The same letter is the same object wherever it stands, or the kept runs would take ten times the memory.
_glyph = lru_cache(maxsize=4096)(Glyph)


def runs(text: str, weight: Weight, direction: Direction, *, apart: bool) -> Iterator[Run]:
    """Shape a text of one direction. Each run is drawn in the face that has its letters."""
    split = list(_of_one_face(text, weight))
    if direction == "rtl":
        split.reverse()
    return (_run(face, part, direction, apart) for face, part in split)


def advance(text: str, weight: Weight, direction: Direction) -> int:
    """Measure a text of one direction without keeping its glyphs."""
    reached = 0
    for face, part in _of_one_face(text, weight):
        buffer = _filled(part, direction)
        uharfbuzz.shape(face.shaper, buffer)
        reached += sum([position.x_advance for position in buffer.glyph_positions])
    return reached


def _of_one_face(text: str, weight: Weight) -> Iterator[tuple[Face, str]]:
    """Split a text where the face changes. A character that no face has is drawn by the first one, as a box."""
    current = FACES[weight][0]
    if text.isascii():
        if text:
            yield current, text
        return
    start = 0
    for position, character in enumerate(text):
        face = _face_for(character, current, weight)
        if face is not current:
            if position > start:
                yield current, text[start:position]
            current, start = face, position
    yield current, text[start:]


@lru_cache(maxsize=4096)
def _face_for(character: str, current: Face, weight: Weight) -> Face:
    if _is_invisible(character):
        return current
    if unicodedata.category(character) == "Mn" and ord(character) in current.characters:
        return current
    return next((face for face in FACES[weight] if ord(character) in face.characters), FACES[weight][0])


@lru_cache(maxsize=4096)
def _is_invisible(character: str) -> bool:
    """Tell whether a character is not drawn itself: joiners, direction marks, isolates, variation selectors."""
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"


@lru_cache(maxsize=2048)
def _run(face: Face, text: str, direction: Direction, apart: bool) -> Run:  # noqa: FBT001 - a key of the cache
    buffer = _filled(text, direction)
    buffer.flags = _WITHOUT_INVISIBLE
    buffer.cluster_level = _BY_CHARACTER
    uharfbuzz.shape(face.shaper, buffer)
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    glyphs: list[Glyph] = []
    reached = 0
    for info, position, characters in zip(infos, positions, _characters(text, infos, direction), strict=True):
        advance, y_offset = position.x_advance, position.y_offset
        reached += advance
        is_mark = y_offset != 0 or advance == 0
        shown = "" if is_mark else characters[:1]
        glyphs.append(_glyph(face, info.codepoint, shown, advance, position.x_offset, y_offset, apart))
        glyphs.extend(_glyph(face, face.space, rest, 0, 0, 0, apart) for rest in characters[len(shown) :])
    return Run(tuple(glyphs), reached)


def _filled(text: str, direction: Direction) -> uharfbuzz.Buffer:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = direction
    buffer.language = "ar" if direction == "rtl" else "en"
    return buffer


def _characters(text: str, infos: list[uharfbuzz.GlyphInfo], direction: Direction) -> Iterator[str]:
    """Give the visible characters of each glyph, in their order on paper.

    Where several glyphs make up one cluster, the first of them gets its text.
    """
    starts = [info.cluster for info in infos]
    ends = dict(pairwise([*sorted(set(starts)), len(text)]))
    for start in starts:
        visible = text[start : ends.pop(start, start)]
        if not visible.isascii():
            visible = "".join(character for character in visible if not _is_invisible(character))
        yield visible[::-1] if direction == "rtl" else visible
