"""The order in which the parts of one line stand on paper, by the Unicode bidirectional algorithm."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal, NamedTuple

from bidi import get_display
from bidi.mirror import MIRRORED

if TYPE_CHECKING:
    from collections.abc import Iterator

Direction = Literal["ltr", "rtl"]

_ISOLATE, _END_OF_ISOLATE, _LEFT_TO_RIGHT_MARK = "\u2066", "\u2069", "\u200e"
_EITHER_ISOLATE = re.compile(f"[{_ISOLATE}{_END_OF_ISOLATE}]")
_TAG = "\u2060"  # the word joiner: invisible, and without a direction of its own
_MIRRORED = re.compile(f"[{re.escape(''.join(MIRRORED))}]")
_TAGGED = re.compile(f"([{re.escape(''.join(MIRRORED))}]){_TAG}|{_TAG}([{re.escape(''.join(MIRRORED))}])")
STEERING = re.compile(f"[\u202a-\u202e\u2066-\u2069{_TAG}]")
_BRACKETS = re.compile(r"([()])")
_CLOSING = re.compile(r"[^\w()]*\)")
# PDF readers reverse the parts of such a text if it is in a line that runs from right to left.
_BROKEN_BY_READERS = re.compile(r"@|://|^www\.|\d\W* \W*\d")
# Letters and marks of the scripts that run right to left, with the joiners; their digits run left to right.
_LETTER = (
    "\u0590-\u05ff\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06ef\u06fa-\u08ff"
    "\ufb1d-\ufd3d\ufd50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\u200c\u200d"
)
_STOP = "\u060c\u061b\u061f"
WORDS = re.compile(f"([{_LETTER}]+(?:[ {_STOP}]+[{_LETTER}]+)*)")
_STRETCH_WITHOUT_WORDS = re.compile(f"[^{_LETTER}{_STOP}\u0660-\u066d\u06f0-\u06f9\u200e\u200f\u061c]+")
# What may stand elsewhere on paper than in the text, in a line that runs left to right; generous, since it only saves time.
_ORDERED = re.compile("[\u0590-\u08ff\u200b-\u200f\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]")


class Part(NamedTuple):
    """Characters of one direction, from left to right; `apart` is an address or a number with spaces among Arabic words."""

    text: str
    direction: Direction
    apart: bool


def parts(line: str, direction: Direction) -> Iterator[Part]:
    """Give one line's parts from left to right, letters of right-to-left words in their reading order."""
    if direction == "ltr" and not _ORDERED.search(line):
        yield Part(line, "ltr", apart=False)
        return
    # Every second part is an isolated one: isolates do not nest here, and `clean` has removed those of the text.
    for index, part in enumerate(_EITHER_ISOLATE.split(_visual(_isolated(line, direction), direction))):
        if index % 2:
            yield Part(part, "ltr", apart=_BROKEN_BY_READERS.search(part) is not None)
            continue
        # The same again: every second text is what the pattern matched.
        for number, text in enumerate(WORDS.split(part)):
            if number % 2:
                yield Part(text[::-1], "rtl", apart=False)
            elif text:
                yield Part(text, "ltr", apart=False)


def _visual(line: str, direction: Direction) -> str:
    """Put a line's characters in the order of the Unicode bidirectional algorithm, and mirror its brackets.

    The library orders but does not mirror. So a tag is put after every character that has a mirror image. Where the
    result has the tag before the character, the text runs from right to left there.
    """
    tagged = _MIRRORED.sub(rf"\g<0>{_TAG}", line)
    visual = get_display(tagged, base_dir="R" if direction == "rtl" else "L")
    return _TAGGED.sub(lambda found: found.group(1) or MIRRORED[found.group(2)], visual).replace(_TAG, "")


def _isolated(line: str, direction: Direction) -> str:
    """Isolate left-to-right text inside Arabic: phone numbers, dates, e-mail addresses, foreign names.

    Without this the Unicode algorithm shows `+20 100 555` after an Arabic word as `555 100 20+`. In a line that runs left
    to right only numbers are isolated: an isolated word would join the Arabic before and after it into one run.
    """
    if not WORDS.search(line):
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
