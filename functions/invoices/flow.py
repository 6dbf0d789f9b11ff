"""Rows of text from the top of a page to its bottom. A row that does not fit continues on the next page, line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from functions.invoices import arabic
from functions.invoices.drawing import PAGE_HEIGHT, PAGE_WIDTH, Align, Colour, Sheet, Style
from functions.invoices.faces import Weight

if TYPE_CHECKING:
    from collections.abc import Callable

    from functions.invoices.embedding import Typefaces

MARGIN = 40.0
LEFT, RIGHT = MARGIN, PAGE_WIDTH - MARGIN
WIDTH = RIGHT - LEFT
TOP, BOTTOM = PAGE_HEIGHT - MARGIN, 60.0
MIDDLE = PAGE_WIDTH / 2
_SMALLEST_PART = 0.7  # a text that must not be broken is made smaller, but not below this part of its size
_ROUNDING = 0.999  # without it, rounding could make the smaller text a little wider than its column
_KEPT_TOGETHER = 6  # a row of at most so many lines is never split between two pages

NAVY, GOLD = Colour(0.07, 0.18, 0.31), Colour(0.72, 0.55, 0.24)
INK, GREY = Colour(0.13, 0.15, 0.18), Colour(0.42, 0.45, 0.49)
WHITE, PALE, HAIRLINE = Colour(1, 1, 1), Colour(0.955, 0.962, 0.972), Colour(0.82, 0.84, 0.87)

BODY = Style(8.5, 13, INK)
STRONG = replace(BODY, weight=Weight.BOLD)
LABEL = Style(7.5, 13, GREY)
SMALL = Style(7, 10.5, GREY)


@dataclass(frozen=True)
class Cell:
    """Wrapped lines in a column: ``edge`` is the column's left end, right end or middle, as ``align`` says."""

    edge: float
    lines: tuple[str, ...]
    direction: arabic.Direction
    style: Style
    align: Align

    def draw(self, sheet: Sheet, line: int, top: float) -> None:
        """Draw one of the lines below ``top``, or nothing where the cell has fewer lines."""
        if line < len(self.lines):
            baseline = top - self.style.leading / 2 - self.style.size * 0.34
            sheet.text(self.edge, baseline, self.lines[line], self.direction, style=self.style, align=self.align)


@dataclass(frozen=True)
class Band:
    """A coloured background of a row."""

    left: float
    width: float
    colour: Colour


def english(text: str, left: float, width: float, style: Style = BODY) -> Cell:
    """Wrap a text of the English side, in whatever language it is, and align it at the column's left end."""
    return _cell(text, arabic.direction_of(text), left, width, style=style, align="left")


def arabic_side(text: str, right: float, width: float, style: Style = BODY) -> Cell:
    """Wrap a text of the Arabic side and align it at the column's right end. A text without Arabic runs left to right."""
    return _cell(text, "rtl" if arabic.has_words(text) else "ltr", right, width, style=style, align="right")


def figure(text: str, right: float, width: float, style: Style = BODY) -> Cell:
    """Align an amount at the column's right end. It is made smaller where it does not fit, because amounts never wrap."""
    direction: arabic.Direction = "rtl" if arabic.has_words(text) else "ltr"
    length = arabic.width(text, direction, style.weight) * style.size / 1000
    fitting = style if length <= width else replace(style, size=style.size * width / length)
    return Cell(right, (text,), direction, fitting, "right")


def unbroken(text: str, width: float, style: Style) -> Style:
    """Give a style in which a text without spaces, such as an e-mail address, fits on one line, if that is not too small."""
    length = arabic.width(text, "ltr", style.weight) * style.size / 1000
    if " " in text or not width < length <= width / _SMALLEST_PART:
        return style
    return replace(style, size=style.size * width / length * _ROUNDING)


def _cell(text: str, direction: arabic.Direction, edge: float, width: float, *, style: Style, align: Align) -> Cell:
    lines = arabic.wrapped(text, direction, style.weight, width / style.size * 1000)
    return Cell(edge, lines, direction, style, align)


class Flow:
    """The pages so far, and how far the last one is filled."""

    def __init__(self, typefaces: Typefaces, running_head: Callable[[Flow], None]) -> None:
        """Begin the first page; ``running_head`` is drawn on every page after it."""
        self._typefaces = typefaces
        self._running_head = running_head
        self.repeated: Callable[[Flow], None] | None = None
        self.sheets = [Sheet(typefaces)]
        self.top = TOP

    @property
    def sheet(self) -> Sheet:
        """The page that is being filled."""
        return self.sheets[-1]

    def require(self, height: float) -> None:
        """Begin the next page unless this one has so much space left."""
        if self.top - height < BOTTOM:
            self._next_page()

    def skip(self, height: float) -> None:
        """Leave space below what was drawn last."""
        self.top -= height

    def row(self, cells: list[Cell], bands: tuple[Band, ...] = (), padding: float = 0, *, ruled: bool = False) -> None:
        """Draw cells beside each other, with a thin line below them if ``ruled``."""
        leading = max(cell.style.leading for cell in cells)
        lines = max(len(cell.lines) for cell in cells)
        if lines <= _KEPT_TOGETHER:
            self.require(lines * leading + 2 * padding)
        drawn = 0
        while drawn < lines:
            self.require(leading + 2 * padding)
            fitting = min(lines - drawn, int((self.top - BOTTOM - 2 * padding) / leading))
            self._part(cells, range(drawn, drawn + fitting), leading, bands, padding)
            drawn += fitting
            if ruled:
                self.sheet.rule(LEFT, self.top, WIDTH, 0.5, HAIRLINE)

    def _part(self, cells: list[Cell], lines: range, leading: float, bands: tuple[Band, ...], padding: float) -> None:
        """Draw those lines of a row that are on the same page."""
        height = len(lines) * leading + 2 * padding
        for band in bands:
            self.sheet.rectangle(band.left, self.top - height, band.width, height, band.colour)
        for index, line in enumerate(lines):
            for cell in cells:
                cell.draw(self.sheet, line, self.top - padding - index * leading)
        self.top -= height

    def _next_page(self) -> None:
        self.sheets.append(Sheet(self._typefaces))
        self.top = TOP
        self._running_head(self)
        if self.repeated:
            self.repeated(self)
