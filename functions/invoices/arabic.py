"""Mixed Arabic and Latin text: broken into lines first, then ordered, then joined into glyphs.

The order matters: if a paragraph is put into visual order before it is broken, its lines come out in reverse.

    wrapped(text, …)  ->  logical lines, the first words on the first
    shaped(line, …)   ->  that line's glyphs from left to right, letters joined and marks placed

All lengths are in thousandths of the font size, so that this module knows neither sizes nor pages.
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
_EITHER_ISOLATE = re.compile(f"[{_ISOLATE}{_END_OF_ISOLATE}]")
_TAG = "\u2060"  # the word joiner: invisible, and without a direction of its own
_MIRRORED = re.compile(f"[{re.escape(''.join(MIRRORED))}]")
_TAGGED = re.compile(f"{_TAG}([{re.escape(''.join(MIRRORED))}])")
_STEERING = re.compile(f"[\u202a-\u202e\u2066-\u2069{_TAG}]")
_BRACKETS = re.compile(r"([()])")
_CLOSING = re.compile(r"[^\w()]*\)")
# PDF readers reverse the parts of such a text if it is in a line that runs from right to left.
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
_NARROWEST_LETTER = 160  # limits the length of a text that is measured, and so the size of the cache


@dataclass(frozen=True, slots=True)
class Glyph:
    """A drawn shape, and the one character that a PDF reader extracts from it, if any.

    A mark has no text, and a ligature only its first character as seen on paper: an empty glyph beside it has the rest.
    PDF readers reverse right-to-left text character by character and take a glyph above the baseline for another line, so
    in any other form they would extract the text in a wrong order.
    """

    face: Face
    index: int
    text: str
    advance: int
    x_offset: int
    y_offset: int
    apart: bool  # in an address or a number with spaces among Arabic words, whose parts PDF readers would reverse


def clean(text: str) -> str:
    """Compose letters with their marks, and replace characters that can't be printed.

    Embeddings and overrides are removed, because with them a text can show other amounts than it has.
    """
    composed = unicodedata.normalize("NFC", text.replace("\t", " "))
    return _UNPRINTABLE.sub("\ufffd", _STEERING.sub("", composed))


def direction_of(text: str) -> Direction:
    """Tell the direction of a text of unknown language: that of most of its words."""
    right_to_left = sum(1 if _WORDS.match(word) else -1 for word in text.split() if any(map(str.isalpha, word)))
    return "rtl" if right_to_left > 0 else "ltr"


def has_words(text: str) -> bool:
    """Tell whether any of a text is written from right to left."""
    return _WORDS.search(text) is not None


def wrapped(text: str, direction: Direction, weight: Weight, limit: float) -> tuple[str, ...]:
    """Break a text into logical lines not wider than ``limit``, at spaces and inside words that are too long."""
    lines: list[str] = []
    for paragraph in text.strip().splitlines():
        lines.extend(_lines_of_paragraph(clean(paragraph), direction, weight, limit))
    return tuple(lines)


def width(text: str, direction: Direction, weight: Weight) -> int:
    """Measure one line as it will be drawn, with its letters joined."""
    return sum(glyph.advance for glyph in shaped(text, direction, weight))


@lru_cache(maxsize=2048)
def shaped(line: str, direction: Direction, weight: Weight) -> tuple[Glyph, ...]:
    """Give one line's glyphs in visual order, from left to right."""
    glyphs: list[Glyph] = []
    # Every second part is an isolated one: isolates do not nest here, and `clean` has removed those of the text.
    for index, part in enumerate(_EITHER_ISOLATE.split(_visual(_isolated(clean(line), direction), direction))):
        if index % 2:
            glyphs.extend(_shaped_text(part, weight, "ltr", apart=_BROKEN_BY_READERS.search(part) is not None))
            continue
        for text in _WORDS.split(part):
            is_words = _WORDS.fullmatch(text) is not None
            # The letters are joined in their reading order.
            glyphs.extend(_shaped_text(text[::-1], weight, "rtl") if is_words else _shaped_text(text, weight, "ltr"))
    return tuple(glyphs)


def _visual(line: str, direction: Direction) -> str:
    """Put a line's characters in the order of the Unicode bidirectional algorithm, and mirror its brackets.

    The library orders but does not mirror. So a tag is put after every character that has a mirror image. Where the
    result has the tag before the character, the text runs from right to left there.
    """
    tagged = _MIRRORED.sub(rf"\g<0>{_TAG}", line)
    visual = get_display(tagged, base_dir="R" if direction == "rtl" else "L")
    return _TAGGED.sub(lambda found: MIRRORED[found.group(1)], visual).replace(_TAG, "")


def _isolated(line: str, direction: Direction) -> str:
    """Isolate left-to-right text inside Arabic: phone numbers, dates, e-mail addresses, foreign names.

    Without this the Unicode algorithm shows `+20 100 555` after an Arabic word as `555 100 20+`. In a line that runs left
    to right only numbers are isolated: an isolated word would join the Arabic before and after it into one run.
    """
    if not _WORDS.search(line):
        return line

    def isolate(found: re.Match[str]) -> str:
        return _with_isolate(found.group(), follows_words=found.start() > 0, numbers_only=direction == "ltr")

    return _STRETCH_WITHOUT_WORDS.sub(isolate, line)


def _with_isolate(stretch: str, *, follows_words: bool, numbers_only: bool) -> str:
    """Isolate the part from the first to the last letter or digit, with its signs and with brackets that are in pairs."""
    positions = [position for position, character in enumerate(stretch) if character.isalnum()]
    if not positions:
        return stretch
    start, end = positions[0], positions[-1] + 1
    start, end = _with_signs(stretch, start, end, follows_words=follows_words)
    if stretch.count("(", start, end) > stretch.count(")", start, end):
        closing = _CLOSING.match(stretch, end)
        if not closing:
            return _isolated_between_brackets(stretch, numbers_only=numbers_only)
        end = closing.end()
    elif stretch.count("(", start, end) < stretch.count(")", start, end):
        if not stretch[:start].endswith("("):
            return _isolated_between_brackets(stretch, numbers_only=numbers_only)
        start -= 1
    core = stretch[start:end]
    if numbers_only and any(character.isalpha() for character in core):
        # A number right after an Arabic word would be ordered with it, but belongs to the English words that follow.
        return stretch[:start] + _LEFT_TO_RIGHT_MARK + stretch[start:]
    return stretch[:start] + _ISOLATE + core + _END_OF_ISOLATE + stretch[end:]


def _with_signs(stretch: str, start: int, end: int, *, follows_words: bool) -> tuple[int, int]:
    """Give the part's ends so that it includes the signs of its numbers: currency, plus or minus, percent, stars."""
    if _is_currency_sign(stretch[start - 1 : start]):
        start -= 1
    if _is_currency_sign(stretch[end : end + 1]):
        end += 1
    before, after = stretch[:start], stretch[end:]
    # A hyphen right after an Arabic word joins word and number. A plus never does.
    if before.endswith("+") or (before.endswith("-") and (len(before) > 1 or not follows_words)):
        start -= 1
    if after.startswith(("%", "+", "*")) or (after.startswith("/") and "://" in stretch):
        end += 1
    return start, end


def _is_currency_sign(character: str) -> bool:
    return character != "" and unicodedata.category(character) == "Sc"


def _isolated_between_brackets(stretch: str, *, numbers_only: bool) -> str:
    """Isolate the texts between brackets without the brackets, because one of them has its partner in the Arabic text."""
    return "".join(
        part if part in "()" else _with_isolate(part, follows_words=False, numbers_only=numbers_only)
        for part in _BRACKETS.split(stretch)
    )


def _shaped_text(text: str, weight: Weight, direction: Direction, *, apart: bool = False) -> list[Glyph]:
    """Shape a text of one direction. Each part is drawn in the face that has its letters."""
    runs = list(_runs_of_one_face(text, weight))
    if direction == "rtl":
        runs.reverse()
    return [glyph for face, run in runs for glyph in _shaped_run(face, run, direction, apart=apart)]


def _runs_of_one_face(text: str, weight: Weight) -> Iterator[tuple[Face, str]]:
    """Split a text where the face changes. A character that no face has is drawn by the first one, as a box."""
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
    """Tell whether a character is not drawn itself: joiners, direction marks, isolates, variation selectors."""
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
        # Where several glyphs make up one cluster, the first of them gets its text.
        characters = text[info.cluster : ends.pop(info.cluster, info.cluster)]
        visible = [character for character in characters if not _is_invisible(character)]
        if direction == "rtl":
            visible.reverse()
        is_mark = position.y_offset != 0 or position.x_advance == 0
        yield Glyph(
            face=face,
            index=info.codepoint,
            text="" if is_mark else "".join(visible[:1]),
            advance=position.x_advance,
            x_offset=position.x_offset,
            y_offset=position.y_offset,
            apart=apart,
        )
        for character in visible if is_mark else visible[1:]:
            yield Glyph(face, face.space, character, advance=0, x_offset=0, y_offset=0, apart=apart)


def _lines_of_paragraph(paragraph: str, direction: Direction, weight: Weight, limit: float) -> Iterator[str]:
    space = width(" ", direction, weight)
    line, reached = "", 0
    for word in _SPACE.split(paragraph.strip()):
        for number, piece in enumerate(_pieces(word, direction, weight, limit)):
            length = width(piece, direction, weight)
            # Two pieces of one word are never on the same line, because a space between them would make them two words.
            if line and (number or reached + space + length > limit):
                yield line
                line, reached = "", 0
            line, reached = (f"{line} {piece}", reached + space + length) if line else (piece, length)
    yield line


def _pieces(word: str, direction: Direction, weight: Weight, limit: float) -> Iterator[str]:
    """Cut a word that is wider than a line into pieces that fit. Most words are one piece."""
    most = int(limit / _NARROWEST_LETTER) + 1
    while len(word) > most or width(word, direction, weight) > limit:
        low, high = 1, min(len(word), most)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if width(word[:middle], direction, weight) <= limit else (low, middle - 1)
        # A mark stays with its letter, unless one letter has more marks than fit on a line.
        letter = next((cut for cut in range(low, 1, -1) if not unicodedata.combining(word[cut : cut + 1] or " ")), low)
        yield word[:letter]
        word = word[letter:]
    yield word
