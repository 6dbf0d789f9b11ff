"""The table of the invoice's lines. Its heading is repeated on every page of the table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from functions.invoices import wording
from functions.invoices.drawing import Style
from functions.invoices.faces import Weight
from functions.invoices.flow import (
    BODY,
    GREY,
    LEFT,
    NAVY,
    PALE,
    RIGHT,
    STRONG,
    WHITE,
    WIDTH,
    Band,
    Cell,
    Flow,
    arabic_side,
    english,
    figure,
)

if TYPE_CHECKING:
    from functions.invoices.snapshot import InvoiceSnapshot, Line

# Where the columns are: the right end of each column of figures, and the outer end of each description.
_NUMBER = LEFT + 20
_ENGLISH, _QUANTITY = LEFT + 30, LEFT + 206
_UNIT_PRICE, _TOTAL = LEFT + 278, LEFT + 354
_ARABIC = RIGHT - 8
_DESCRIPTION_WIDTH = 140.0
_HEAD = Style(8, 12, WHITE, Weight.BOLD)
_ORDINAL = replace(BODY, colour=GREY, size=7.5)


def lines(flow: Flow, invoice: InvoiceSnapshot) -> None:
    """Draw every line of the invoice, with the two descriptions wrapped beside each other."""
    flow.skip(4)
    flow.require(5 * BODY.leading)

    def head(on: Flow) -> None:
        _head(on, invoice.currency)

    head(flow)
    flow.repeated = head
    least = wording.decimals(invoice.total_amount)
    for ordinal, line in enumerate(invoice.lines, start=1):
        ground = (Band(LEFT, WIDTH, PALE),) if ordinal % 2 == 0 else ()
        flow.row(_cells(ordinal, line, least), ground, padding=3, ruled=True)
    flow.repeated = None


def _head(flow: Flow, code: str) -> None:
    currency = wording.currency(code)
    top, height = flow.top, 2 * _HEAD.leading + 8
    flow.sheet.rectangle(LEFT, top - height, WIDTH, height, NAVY)
    middle = top - height / 2 + _HEAD.leading / 2
    for cell in (
        english("#", _NUMBER - 8, 10, _HEAD),
        english(wording.DESCRIPTION.english, _ENGLISH, _DESCRIPTION_WIDTH, _HEAD),
        arabic_side(wording.DESCRIPTION.arabic, _ARABIC, _DESCRIPTION_WIDTH, _HEAD),
    ):
        cell.draw(flow.sheet, 0, middle)
    for words, signs, right, width in (
        (wording.QUANTITY, None, _QUANTITY, 32),
        (wording.UNIT_PRICE, currency, _UNIT_PRICE, 68),
        (wording.LINE_TOTAL, currency, _TOTAL, 70),
    ):
        upper = f"{words.english} ({signs.english})" if signs else words.english
        lower = f"{words.arabic} ({signs.arabic})" if signs else words.arabic
        figure(upper, right, width, _HEAD).draw(flow.sheet, 0, top - 4)
        figure(lower, right, width, _HEAD).draw(flow.sheet, 0, top - 4 - _HEAD.leading)
    flow.skip(height)


def _cells(ordinal: int, line: Line, least_decimals: int) -> list[Cell]:
    return [
        figure(str(ordinal), _NUMBER, 18, _ORDINAL),
        english(line.description_en.strip() or line.description_ar, _ENGLISH, _DESCRIPTION_WIDTH),
        figure(wording.number(line.quantity), _QUANTITY, 32),
        figure(wording.amount(line.unit_price, least_decimals), _UNIT_PRICE, 66),
        figure(wording.amount(line.total_price, least_decimals), _TOTAL, 70, STRONG),
        arabic_side(line.description_ar.strip() or line.description_en, _ARABIC, _DESCRIPTION_WIDTH),
    ]
