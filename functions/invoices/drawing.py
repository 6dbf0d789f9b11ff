"""Draws on A4 sheets. Lengths are in points, and the origin is at the lower left."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple

from functions.invoices import arabic, qr
from functions.invoices.faces import Weight

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from functions.invoices.embedding import Typefaces

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89  # A4
Align = Literal["left", "right", "center"]


class Colour(NamedTuple):
    """Red, green and blue, each from 0 to 1."""

    red: float
    green: float
    blue: float


@dataclass(frozen=True)
class Style:
    """How a text looks; ``leading`` is the distance from one baseline to the next."""

    size: float
    leading: float
    colour: Colour
    weight: Weight = Weight.REGULAR


class Sheet:
    """One page while it is being drawn.

    Its Arabic lines are written after all others. PDF readers put texts beside each other into one line and order it as a
    whole. So they would extract an Arabic column beside an English one with its words reversed, and an e-mail address among
    Arabic words with its parts reversed.
    """

    def __init__(self, typefaces: Typefaces) -> None:
        """Begin an empty page of a document that uses these typefaces."""
        self._typefaces = typefaces
        self._shapes: list[str] = []
        self._left_to_right: list[str] = []
        self._right_to_left: list[str] = []
        self.links: list[tuple[tuple[float, float, float, float], str]] = []

    @property
    def content(self) -> str:
        """The page's content stream, with the shapes under the text."""
        return "\n".join([*self._shapes, *self._left_to_right, *self._right_to_left])

    def text(self, x: float, baseline: float, line: str, direction: arabic.Direction, *, style: Style, align: Align) -> None:
        """Draw one line whose left end, right end or middle is at ``x``."""
        glyphs = arabic.shaped(line, direction, style.weight)
        if not glyphs:
            return
        length = sum([glyph.advance for glyph in glyphs]) * style.size / 1000
        left = x - {"left": 0.0, "right": length, "center": length / 2}[align]
        if not any(glyph.apart for glyph in glyphs):
            self._run(glyphs, left, baseline, style, in_layer=direction)
            return
        for apart, part in groupby(glyphs, key=lambda glyph: glyph.apart):
            run = tuple(part)
            self._run(run, left, baseline, style, in_layer="ltr" if apart else direction)
            left += sum([glyph.advance for glyph in run]) * style.size / 1000

    def rectangle(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle whose lower left corner is at ``x``, ``y``."""
        self._shapes.append(f"{_colour(colour)} rg {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f")

    def pill(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a bar with round ends. It is a thick line with round caps, so it needs no curves."""
        middle, radius = y + height / 2, height / 2
        self._shapes.append(
            f"q {_colour(colour)} RG 1 J {height:.2f} w "
            f"{x + radius:.2f} {middle:.2f} m {x + width - radius:.2f} {middle:.2f} l S Q"
        )

    def rule(self, x: float, y: float, width: float, thickness: float, colour: Colour) -> None:
        """Draw a horizontal line from ``x`` to the right."""
        self.rectangle(x, y - thickness / 2, width, thickness, colour)

    def link(self, x: float, y: float, width: float, height: float, url: str) -> None:
        """Make a rectangle a link to a web address."""
        self.links.append(((x, y, x + width, y + height), url))

    def qr_code(self, x: float, y: float, side: float, content: str, colour: Colour) -> None:
        """Draw a QR code (error correction M) of ``side`` points. The caller leaves the quiet zone around it."""
        modules = qr.rows(content)
        module = side / len(modules)
        cells = (
            f"{x + column * module:.3f} {y + side - (row + 1) * module:.3f} {length * module:.3f} {module:.3f} re"
            for row, cells_of_row in enumerate(modules)
            for column, length in _dark_stretches(cells_of_row)
        )
        self._shapes.append(f"{_colour(colour)} rg {' '.join(cells)} f")

    def _run(
        self, glyphs: tuple[arabic.Glyph, ...], left: float, baseline: float, style: Style, *, in_layer: arabic.Direction
    ) -> None:
        """Show the glyphs that carry text, and fill the outlines of those that carry none."""
        colour, scale = _colour(style.colour), style.size / 1000
        shown, reached = [], 0
        origins: list[int] = []
        outlines: list[str] = []
        for glyph in glyphs:
            if glyph.text:
                shown.append(glyph)
                origins.append(reached + glyph.x_offset)
            else:
                x, y = left + (reached + glyph.x_offset) * scale, baseline + glyph.y_offset * scale
                outlines.append(f"q {scale:.5f} 0 0 {scale:.5f} {x:.2f} {y:.2f} cm /{self._typefaces.outline(glyph)} Do Q")
            reached += glyph.advance
        if outlines:
            self._shapes.append(f"{colour} rg")
            self._shapes.extend(outlines)
        if shown:
            layer = self._right_to_left if in_layer == "rtl" else self._left_to_right
            layer.append(f"BT {colour} rg\n1 0 0 1 {left + origins[0] * scale:.2f} {baseline:.2f} Tm")
            layer.extend(self._in_faces(shown, [*origins, reached], f"{style.size:g}"))
            layer.append("ET")

    def _in_faces(self, glyphs: Sequence[arabic.Glyph], origins: Sequence[int], size: str) -> Iterator[str]:
        """Show glyphs face by face; the distance between their origins is their width."""
        start = 0
        for end in [*(end for end in range(1, len(glyphs)) if glyphs[end].face is not glyphs[end - 1].face), len(glyphs)]:
            embedded = self._typefaces.embedded(glyphs[start].face)
            code = embedded.code
            shown = "".join([code(glyphs[place], origins[place + 1] - origins[place]) for place in range(start, end)])
            yield f"/{embedded.resource} {size} Tf [<{shown}>] TJ"
            start = end


def _dark_stretches(row: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Give start and length of every run of dark modules. Drawn as one rectangle, it shows no gaps between modules."""
    start = None
    for column, dark in enumerate([*row, False]):
        if dark and start is None:
            start = column
        if not dark and start is not None:
            yield start, column - start
            start = None


@lru_cache(maxsize=64)
def _colour(colour: Colour) -> str:
    return f"{colour.red:.3f} {colour.green:.3f} {colour.blue:.3f}"
