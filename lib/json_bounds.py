"""How deep, how many and how long the values of JSON from outside may be.

A byte of JSON can become fifty bytes of memory, and `9e999` a thousand digits: so a text is measured before it is parsed,
and a number before it is made. Everything that reads JSON from outside does it with these bounds.
"""

import re

DEEPEST = 32
MOST_VALUES = 50_000
LONGEST_NUMBER = 64
LARGEST_EXPONENT = 64

# A string that does not end reaches to the end of the text; without that, each of its quotes would be tried in turn.
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_BRACKET = re.compile(r"[\[{\]}]")


class OutOfBounds(ValueError):  # noqa: N818 - the name says what happened
    """A text of JSON that is not parsed. It says which bound is passed, and quotes nothing."""


def check_structure(text: str, most_values: int = MOST_VALUES) -> None:
    """Raise OutOfBounds where the text would become too many values, or too deep ones. Not parsed, it may be no JSON."""
    if text.count("[") + text.count("{") <= DEEPEST and text.count(",") < most_values - DEEPEST:
        return
    bare = _STRING.sub("", text)
    if bare.count(",") + bare.count("[") + bare.count("{") >= most_values:
        raise OutOfBounds(f"more than {most_values:,} values")
    depth = 0
    for bracket in _BRACKET.finditer(bare):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > DEEPEST:
            raise OutOfBounds("nested too deeply")


def check_number(text: str) -> None:
    """Raise OutOfBounds for a JSON number that is too long, or has too large an exponent."""
    digits, _, exponent = text.lower().partition("e")
    if len(digits) > LONGEST_NUMBER:
        raise OutOfBounds(f"a number has more than {LONGEST_NUMBER} characters")
    if len(exponent) > LONGEST_NUMBER or abs(int(exponent or "0")) > LARGEST_EXPONENT:
        raise OutOfBounds("a number's exponent is out of range")
