"""The invoice's parts from top to bottom, English on the left and Arabic on the right."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from functions.invoices import arabic, wording
from functions.invoices.drawing import PAGE_HEIGHT, PAGE_WIDTH, Colour, Sheet, Style
from functions.invoices.faces import Weight
from functions.invoices.flow import (
    BODY,
    BOTTOM,
    GOLD,
    GREY,
    HAIRLINE,
    LABEL,
    LEFT,
    MIDDLE,
    NAVY,
    PALE,
    RIGHT,
    SMALL,
    STRONG,
    WHITE,
    WIDTH,
    Band,
    Flow,
    arabic_side,
    english,
    figure,
    unbroken,
)
from functions.invoices.wording import Pair

if TYPE_CHECKING:
    from functions.invoices.snapshot import Buyer, CurrentStatus, InvoiceSnapshot, Seller

_GUTTER, _INSET, _LABEL_WIDTH = 16.0, 10.0, 92.0
_HALF = (WIDTH - _GUTTER) / 2
_SELLER_NAME = Style(13, 20, NAVY, Weight.BOLD)
_TITLE = Style(21, 32, NAVY, Weight.BOLD)
_SECTION = Style(8.5, 16, GOLD, Weight.BOLD)
_STATUS = Style(10, 15, WHITE, Weight.BOLD)
_STATUS_COLOURS = {
    wording.PAID: Colour(0.09, 0.47, 0.29),
    wording.PARTLY_PAID: Colour(0.70, 0.42, 0.02),
    wording.UNPAID: Colour(0.70, 0.14, 0.14),
    wording.CANCELLED: Colour(0.35, 0.37, 0.40),
    wording.REFUNDED: Colour(0.17, 0.34, 0.62),
}
_QR_SIDE = 84.0
_TOTALS_LEFT = LEFT + 176
_FIGURE_WIDTH = 88.0
_TOTAL = replace(STRONG, size=10, leading=16, colour=WHITE)
_TOTAL_LABEL = replace(_TOTAL, size=9)


def masthead(flow: Flow, seller: Seller) -> None:
    """Draw the seller's name, address, registration and contacts under a coloured edge."""
    flow.sheet.rectangle(0, PAGE_HEIGHT - 8, PAGE_WIDTH, 8, NAVY)
    flow.sheet.rectangle(0, PAGE_HEIGHT - 10, PAGE_WIDTH, 2, GOLD)
    _halves(flow, Pair(seller.name_en or seller.name_ar, seller.name_ar or seller.name_en), _SELLER_NAME)
    _halves(flow, Pair(seller.address_en or seller.address_ar, seller.address_ar or seller.address_en), SMALL)
    for label, value in (
        (wording.TAX_NUMBER, seller.tax_number),
        (wording.COMMERCIAL_REGISTER, seller.commercial_register),
        (wording.PHONE, seller.phone),
        (wording.EMAIL, seller.email),
        (wording.WEBSITE, seller.website),
    ):
        if value:
            _field(flow, label, Pair(value, value), style=SMALL, inset=0)
    flow.skip(8)


def title(flow: Flow, status: CurrentStatus) -> None:
    """Draw the document's title, with its status between the two languages."""
    flow.sheet.rule(LEFT, flow.top, WIDTH, 0.8, GOLD)
    flow.skip(6)
    _status_pill(flow.sheet, wording.status_label(status), flow.top - _TITLE.leading / 2)
    _halves(flow, wording.TAX_INVOICE, _TITLE)
    flow.skip(6)


def running_head(flow: Flow, invoice: InvoiceSnapshot) -> None:
    """Draw the heading of a later page, with the invoice's number."""
    flow.sheet.rectangle(0, PAGE_HEIGHT - 8, PAGE_WIDTH, 8, NAVY)
    flow.sheet.rectangle(0, PAGE_HEIGHT - 10, PAGE_WIDTH, 2, GOLD)
    heading = wording.TAX_INVOICE.followed_by(Pair(invoice.invoice_number, invoice.invoice_number))
    style = replace(LABEL, weight=Weight.BOLD, colour=NAVY)
    left, right = english(heading.english, LEFT, _HALF, style), arabic_side(heading.arabic, RIGHT, _HALF, style)
    left.draw(flow.sheet, 0, flow.top)
    right.draw(flow.sheet, 0, flow.top)
    flow.skip(style.leading + 10)


def details(flow: Flow, invoice: InvoiceSnapshot, status: CurrentStatus) -> None:
    """Draw the invoice's numbers and dates, then the buyer."""
    number, order = invoice.invoice_number, invoice.order_number
    rows = [
        (wording.INVOICE_NUMBER, Pair(number, number)),
        (wording.ORDER_NUMBER, Pair(order, order)),
        (wording.ISSUED, wording.moment(invoice.issued_at)),
    ]
    if invoice.due_date:
        rows.append((wording.DUE, wording.day(invoice.due_date)))
    if status.paid_at:
        rows.append((wording.PAID_ON, wording.moment(status.paid_at)))
    _card(flow, wording.INVOICE_DETAILS, rows)
    _card(flow, wording.BILLED_TO, _buyer_rows(invoice.buyer))


def _buyer_rows(buyer: Buyer) -> list[tuple[Pair, Pair]]:
    rows = (
        (wording.NAME, Pair(buyer.name, buyer.name)),
        (wording.EMAIL, Pair(buyer.email, buyer.email)),
        (wording.PHONE, Pair(buyer.phone, buyer.phone)),
        (wording.COUNTRY, wording.country(buyer.country)),
    )
    return [(label, value) for label, value in rows if any(value)]


def totals(flow: Flow, invoice: InvoiceSnapshot, status: CurrentStatus, verify_url: str) -> None:
    """Draw the sums, and beside them the QR code with the address of the page that verifies the invoice."""
    url_lines = english(verify_url, LEFT, _TOTALS_LEFT - LEFT - 16, SMALL).lines
    flow.skip(12)
    flow.require(max(_QR_SIDE + (len(url_lines) + 2) * SMALL.leading + 6, 8 * 19))
    start, page = flow.top, flow.sheet
    _verification(flow, verify_url)
    after_code, flow.top = flow.top, start
    _sums(flow, invoice, status)
    if flow.sheet is page:
        flow.top = min(flow.top, after_code)


def _sums(flow: Flow, invoice: InvoiceSnapshot, status: CurrentStatus) -> None:
    least = wording.decimals(invoice.total_amount)

    def sum_row(label: Pair, value: Decimal) -> tuple[Pair, Pair]:
        return label, wording.money(value, invoice.currency, least)

    rate = f"({wording.number(invoice.tax_rate)}%)"
    _sum(flow, *sum_row(wording.SUBTOTAL, invoice.subtotal))
    if invoice.discount_amount:
        _sum(flow, *sum_row(wording.DISCOUNT, -abs(invoice.discount_amount)))
    _sum(flow, *sum_row(wording.TAX.followed_by(Pair(rate, rate)), invoice.tax_amount))
    _sum(flow, *sum_row(wording.TOTAL, invoice.total_amount), label_style=_TOTAL_LABEL, style=_TOTAL, ground=NAVY)
    _sum(flow, *sum_row(wording.AMOUNT_PAID, status.amount_paid))
    # On a cancelled or refunded order nothing is due, and on one that was paid twice the balance is not below zero.
    if wording.status_label(status) not in (wording.CANCELLED, wording.REFUNDED):
        # What is missing of a paid order was written off.
        is_paid = status.order_status == "PAID"
        balance = Decimal(0) if is_paid else max(invoice.total_amount - status.amount_paid, Decimal(0))
        _sum(flow, *sum_row(wording.BALANCE_DUE, balance), label_style=STRONG, style=STRONG, ground=PALE)


def _sum(
    flow: Flow, label: Pair, value: Pair, *, label_style: Style = BODY, style: Style = BODY, ground: Colour = WHITE
) -> None:
    inner_left, inner_right = _TOTALS_LEFT + _INSET, RIGHT - _INSET
    label_width = (inner_right - inner_left) / 2 - _FIGURE_WIDTH
    middle = (inner_left + inner_right) / 2
    flow.row(
        [
            english(label.english, inner_left, label_width, label_style),
            figure(value.english, middle - 4, _FIGURE_WIDTH - 8, style),
            figure(value.arabic, middle + _FIGURE_WIDTH, _FIGURE_WIDTH - 8, style),
            arabic_side(label.arabic, inner_right, label_width, label_style),
        ],
        (Band(_TOTALS_LEFT, RIGHT - _TOTALS_LEFT, ground),),
        padding=3,
    )


def _verification(flow: Flow, url: str) -> None:
    flow.sheet.qr_code(LEFT, flow.top - _QR_SIDE, _QR_SIDE, url, NAVY)
    flow.sheet.link(LEFT, flow.top - _QR_SIDE, _QR_SIDE, _QR_SIDE, url)
    flow.skip(_QR_SIDE + 6)
    width = _TOTALS_LEFT - LEFT - 16
    caption = replace(SMALL, colour=NAVY, weight=Weight.BOLD)
    flow.row([english(wording.VERIFY.english, LEFT, width, caption)])
    flow.row([replace(arabic_side(wording.VERIFY.arabic, LEFT, width, caption), align="left")])
    address_top = flow.top
    flow.row([english(url, LEFT, width, SMALL)])
    flow.sheet.link(LEFT, flow.top, width, address_top - flow.top, url)


def notes(flow: Flow, invoice: InvoiceSnapshot) -> None:
    """Draw the notes of both languages beside each other, or nothing where there are none."""
    texts = Pair(invoice.notes_en.strip(), invoice.notes_ar.strip())
    if any(texts):
        flow.skip(14)
        flow.require(4 * BODY.leading)
        headings = (heading if text else "" for heading, text in zip(wording.NOTES, texts, strict=True))
        _halves(flow, Pair(*headings), _SECTION)
        _halves(flow, texts, BODY)


def footers(flow: Flow, invoice: InvoiceSnapshot) -> None:
    """Draw the page numbers. This comes last, because the number of pages must be known."""
    for page, sheet in enumerate(flow.sheets, start=1):
        sheet.rule(LEFT, BOTTOM - 12, WIDTH, 0.5, HAIRLINE)
        page_number = wording.page_of(page, len(flow.sheets))
        sheet.text(LEFT, BOTTOM - 25, page_number.english, "ltr", style=SMALL, align="left")
        sheet.text(RIGHT, BOTTOM - 25, page_number.arabic, "rtl", style=SMALL, align="right")
        for line in english(invoice.invoice_number, LEFT, WIDTH / 2, SMALL).lines[:1]:
            sheet.text(MIDDLE, BOTTOM - 25, line, "ltr", style=SMALL, align="center")


def _halves(flow: Flow, text: Pair, style: Style) -> None:
    flow.row([english(text.english, LEFT, _HALF, style), arabic_side(text.arabic, RIGHT, _HALF, style)])


def _card(flow: Flow, heading: Pair, rows: list[tuple[Pair, Pair]]) -> None:
    flow.require(_SECTION.leading + 2 * BODY.leading)
    _halves(flow, heading, _SECTION)
    for label, value in rows:
        _field(flow, label, value, style=BODY, inset=_INSET, ground=PALE)
    flow.skip(8)


def _field(flow: Flow, label: Pair, value: Pair, *, style: Style, inset: float, ground: Colour = WHITE) -> None:
    value_width = _HALF - _LABEL_WIDTH - 2 * inset
    label_style = replace(LABEL, leading=style.leading, size=min(LABEL.size, style.size), colour=GREY)
    flow.row(
        [
            english(label.english, LEFT + inset, _LABEL_WIDTH, label_style),
            english(value.english, LEFT + inset + _LABEL_WIDTH, value_width, unbroken(value.english, value_width, style)),
            arabic_side(label.arabic, RIGHT - inset, _LABEL_WIDTH, label_style),
            arabic_side(value.arabic, RIGHT - inset - _LABEL_WIDTH, value_width, unbroken(value.arabic, value_width, style)),
        ],
        (Band(LEFT, _HALF, ground), Band(RIGHT - _HALF, _HALF, ground)),
        padding=1 if inset else 0,
    )


def _status_pill(sheet: Sheet, text: Pair, middle: float) -> None:
    english_width = arabic.width(text.english, "ltr", _STATUS.weight) * _STATUS.size / 1000
    arabic_width = arabic.width(text.arabic, "rtl", _STATUS.weight) * _STATUS.size / 1000
    gap, inset, height = 12.0, 14.0, 22.0
    width = english_width + gap + arabic_width + 2 * inset
    left = MIDDLE - width / 2
    sheet.pill(left, middle - height / 2, width, height, _STATUS_COLOURS[text])
    baseline = middle - _STATUS.size * 0.34
    sheet.text(left + inset, baseline, text.english, "ltr", style=_STATUS, align="left")
    sheet.text(left + width - inset, baseline, text.arabic, "rtl", style=_STATUS, align="right")
