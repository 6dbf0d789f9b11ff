"""Mixed Arabic and Latin text: broken into lines first, then ordered, then joined into glyphs.

The order matters: a paragraph that is put into visual order before it is broken comes out bottom-up.

    wrapped(text, …)  ->  logical lines, the first words on the first
    shaped(line, …)   ->  that line's glyphs from left to right, letters joined and marks placed

Lengths are in thousandths of the font size throughout, so that nothing here knows sizes or pages.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import uharfbuzz
from bidi import get_display
from bidi.mirror import MIRRORED

from functions.invoices.faces import FACES, Face, Weight

if TYPE_CHECKING:
    from collections.abc import Iterator

Direction = Literal["ltr", "rtl"]

_ISOLATE, _END_OF_ISOLATE, _LEFT_TO_RIGHT_MARK = "\u2066", "\u2069", "\u200e"
_EITHER_FENCE = re.compile(f"[{_ISOLATE}{_END_OF_ISOLATE}]")
_TAG = "\u2060"  # the word joiner: invisible, and without a direction of its own
_MIRRORED = re.compile(f"[{re.escape(''.join(MIRRORED))}]")
_TAGGED = re.compile(f"{_TAG}([{re.escape(''.join(MIRRORED))}])")
_STEERING = re.compile(f"[\u202a-\u202e\u2066-\u2069{_TAG}]")
_BRACKETS = re.compile(r"([()])")
_CLOSING = re.compile(r"[^\w()]*\)")
# What readers of PDF turn around part by part when it stands in a line that runs from right to left.
_BROKEN_BY_READERS = re.compile(r"@|://|^www\.|\d\W* \W*\d")
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_SPACE = re.compile(r"[^\S\u00a0\u2007\u202f]+")
# Letters and marks of the scripts that run right to left, with the joiners; their digits run left to right.
_LETTER = (
    "\u0590-\u05ff\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06ef\u06fa-\u08ff"
    "\ufb1d-\ufd3d\ufd50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\u200c\u200d"
)
_STOP = "\u060c\u061b\u061f"
_WORDS = re.compile(f"([{_LETTER}]+(?:[ {_STOP}]+[{_LETTER}]+)*)")
_STRETCH_WITHOUT_WORDS = re.compile(f"[^{_LETTER}{_STOP}\u0660-\u066d\u06f0-\u06f9\u200e\u200f\u061c]+")
_NARROWEST_LETTER = 160  # bounds how much text is measured at once, and so what the cache can hold


@dataclass(frozen=True, slots=True)
class Glyph:
    """A drawn shape and the one character that a reader of the PDF takes from it, if any.

    Marks have no text and ligatures only their first character as they stand on paper; an empty glyph beside them
    carries the rest. Readers of PDF turn right-to-left text around character by character and take a glyph above
    the baseline for another line, so whatever is written otherwise comes back disordered.
    """

    face: Face
    index: int
    text: str
    advance: int
    x_offset: int
    y_offset: int
    apart: bool  # of an address or spaced number among Arabic words, which readers of PDF would turn around


def clean(text: str) -> str:
    """Compose letters with their marks; what can not be printed becomes the replacement character.

    Embeddings and overrides are taken out, because with them a text can show amounts that it does not hold.
    """
    composed = unicodedata.normalize("NFC", text.replace("\t", " "))
    return _UNPRINTABLE.sub("\ufffd", _STEERING.sub("", composed))


def direction_of(text: str) -> Direction:
    """Tell which way a text of unknown language runs: the way most of its words do."""
    right_to_left = sum(1 if _WORDS.match(word) else -1 for word in text.split() if any(map(str.isalpha, word)))
    return "rtl" if right_to_left > 0 else "ltr"


def has_words(text: str) -> bool:
    """Tell whether any of a text is written from right to left."""
    return _WORDS.search(text) is not None


def wrapped(text: str, direction: Direction, weight: Weight, limit: float) -> tuple[str, ...]:
    """Break a text into logical lines no wider than ``limit``: at spaces, and inside a word that is too long."""
    lines: list[str] = []
    for paragraph in text.strip().splitlines():
        lines.extend(_lines_of_paragraph(clean(paragraph), direction, weight, limit))
    return tuple(lines)


def width(text: str, direction: Direction, weight: Weight) -> int:
    """Measure one line as it will be drawn, letters joined."""
    return sum(glyph.advance for glyph in shaped(text, direction, weight))


@lru_cache(maxsize=2048)
def shaped(line: str, direction: Direction, weight: Weight) -> tuple[Glyph, ...]:
    """Give one line's glyphs in the order in which they stand on paper, from left to right."""
    glyphs: list[Glyph] = []
    # What the isolates fenced off is every other part: they do not nest, and the line's own were taken out.
    for place, part in enumerate(_EITHER_FENCE.split(_visual(_isolated(clean(line), direction), direction))):
        if place % 2:
            glyphs.extend(_shaped_text(part, weight, "ltr", apart=_BROKEN_BY_READERS.search(part) is not None))
            continue
        for text in _WORDS.split(part):
            is_words = _WORDS.fullmatch(text) is not None
            # Joining needs the letters in the order in which they are read.
            glyphs.extend(_shaped_text(text[::-1], weight, "rtl") if is_words else _shaped_text(text, weight, "ltr"))
    return tuple(glyphs)


def _visual(line: str, direction: Direction) -> str:
    """Put a line's characters in the order of the Unicode bidirectional algorithm, its brackets turned round.

    The library orders but does not mirror. So a tag follows every character that has a mirror image, and where it
    comes back in front, the text there runs from right to left.
    """
    tagged = _MIRRORED.sub(rf"\g<0>{_TAG}", line)
    visual = get_display(tagged, base_dir="R" if direction == "rtl" else "L")
    return _TAGGED.sub(lambda found: MIRRORED[found.group(1)], visual).replace(_TAG, "")


def _isolated(line: str, direction: Direction) -> str:
    """Fence off what runs left to right inside Arabic: phone numbers, dates, e-mail addresses, foreign names.

    The Unicode algorithm alone shows `+20 100 555` after an Arabic word as `555 100 20+`. In a line that runs
    left to right only numbers need it: words would draw the Arabic around them together.
    """
    if not _WORDS.search(line):
        return line

    def fenced(found: re.Match[str]) -> str:
        return _fenced(found.group(), follows_words=found.start() > 0, numbers_only=direction == "ltr")

    return _STRETCH_WITHOUT_WORDS.sub(fenced, line)


def _fenced(stretch: str, *, follows_words: bool, numbers_only: bool) -> str:
    """Fence the part from first to last letter or digit, with its signs, its percent or stars and brackets that pair up."""
    positions = [position for position, character in enumerate(stretch) if character.isalnum()]
    if not positions:
        return stretch
    start, end = positions[0], positions[-1] + 1
    start, end = _with_signs(stretch, start, end, follows_words=follows_words)
    if stretch.count("(", start, end) > stretch.count(")", start, end):
        closing = _CLOSING.match(stretch, end)
        if not closing:
            return _fenced_between_brackets(stretch, numbers_only=numbers_only)
        end = closing.end()
    elif stretch.count("(", start, end) < stretch.count(")", start, end):
        if not stretch[:start].endswith("("):
            return _fenced_between_brackets(stretch, numbers_only=numbers_only)
        start -= 1
    core = stretch[start:end]
    if numbers_only and any(character.isalpha() for character in core):
        # A number right after an Arabic word would go with it; it belongs to the English words behind it.
        return stretch[:start] + _LEFT_TO_RIGHT_MARK + stretch[start:]
    return stretch[:start] + _ISOLATE + core + _END_OF_ISOLATE + stretch[end:]


def _with_signs(stretch: str, start: int, end: int, *, follows_words: bool) -> tuple[int, int]:
    """Give the ends of a part with what belongs to its first or last number: currency, plus or minus, percent, stars."""
    if _is_currency_sign(stretch[start - 1 : start]):
        start -= 1
    if _is_currency_sign(stretch[end : end + 1]):
        end += 1
    before, after = stretch[:start], stretch[end:]
    # A hyphen right after an Arabic word joins the two; a plus never does.
    if before.endswith("+") or (before.endswith("-") and (len(before) > 1 or not follows_words)):
        start -= 1
    if after.startswith(("%", "+", "*")) or (after.startswith("/") and "://" in stretch):
        end += 1
    return start, end


def _is_currency_sign(character: str) -> bool:
    return character != "" and unicodedata.category(character) == "Sc"


def _fenced_between_brackets(stretch: str, *, numbers_only: bool) -> str:
    """Leave the brackets out where the partner of one stands among the Arabic, and fence what is between them."""
    return "".join(
        part if part in "()" else _fenced(part, follows_words=False, numbers_only=numbers_only)
        for part in _BRACKETS.split(stretch)
    )


def _shaped_text(text: str, weight: Weight, direction: Direction, *, apart: bool = False) -> list[Glyph]:
    """Shape a text that runs in one direction, each part in the face that has its letters."""
    runs = list(_runs_of_one_face(text, weight))
    if direction == "rtl":
        runs.reverse()
    return [glyph for face, run in runs for glyph in _shaped_run(face, run, direction, apart=apart)]


def _runs_of_one_face(text: str, weight: Weight) -> Iterator[tuple[Face, str]]:
    """Split a text where the face that has its glyphs changes; what no face has goes to the first, as a box."""
    current, run = FACES[weight][0], ""
    for character in text:
        face = _face_for(character, current, weight)
        if face is not current and run:
            yield current, run
            run = ""
        current, run = face, run + character
    if run:
        yield current, run


def _face_for(character: str, current: Face, weight: Weight) -> Face:
    if _is_invisible(character):
        return current
    if unicodedata.category(character) == "Mn" and ord(character) in current.characters:
        return current
    return next((face for face in FACES[weight] if ord(character) in face.characters), FACES[weight][0])


def _is_invisible(character: str) -> bool:
    """Tell what only steers others: joiners, direction marks, isolates, variation selectors."""
    return unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f"


def _shaped_run(face: Face, text: str, direction: Direction, *, apart: bool) -> Iterator[Glyph]:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = direction
    buffer.language = "ar" if direction == "rtl" else "en"
    buffer.flags = uharfbuzz.BufferFlags.REMOVE_DEFAULT_IGNORABLES
    buffer.cluster_level = uharfbuzz.BufferClusterLevel.MONOTONE_CHARACTERS
    uharfbuzz.shape(face.shaper, buffer)
    clusters = sorted({info.cluster for info in buffer.glyph_infos})
    ends = dict(pairwise([*clusters, len(text)]))
    for info, position in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        # Where several glyphs make up one cluster, the first of them speaks for it.
        characters = text[info.cluster : ends.pop(info.cluster, info.cluster)]
        spoken = [character for character in characters if not _is_invisible(character)]
        if direction == "rtl":
            spoken.reverse()
        is_mark = position.y_offset != 0 or position.x_advance == 0
        yield Glyph(
            face=face,
            index=info.codepoint,
            text="" if is_mark else "".join(spoken[:1]),
            advance=position.x_advance,
            x_offset=position.x_offset,
            y_offset=position.y_offset,
            apart=apart,
        )
        for character in spoken if is_mark else spoken[1:]:
            yield Glyph(face, face.space, character, advance=0, x_offset=0, y_offset=0, apart=apart)


def _lines_of_paragraph(paragraph: str, direction: Direction, weight: Weight, limit: float) -> Iterator[str]:
    space = width(" ", direction, weight)
    line, reached = "", 0
    for word in _SPACE.split(paragraph.strip()):
        for place, piece in enumerate(_pieces(word, direction, weight, limit)):
            length = width(piece, direction, weight)
            # Two pieces of one word never share a line: a space between them would make them two words.
            if line and (place or reached + space + length > limit):
                yield line
                line, reached = "", 0
            line, reached = (f"{line} {piece}", reached + space + length) if line else (piece, length)
    yield line


def _pieces(word: str, direction: Direction, weight: Weight, limit: float) -> Iterator[str]:
    """Cut a word that is wider than a line into pieces that are not; most words are one piece."""
    most = int(limit / _NARROWEST_LETTER) + 1
    while len(word) > most or width(word, direction, weight) > limit:
        low, high = 1, min(len(word), most)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if width(word[:middle], direction, weight) <= limit else (low, middle - 1)
        # A mark stays with its letter, unless there are more marks than a line holds.
        letter = next((cut for cut in range(low, 1, -1) if not unicodedata.combining(word[cut : cut + 1] or " ")), low)
        yield word[:letter]
        word = word[letter:]
    yield word
