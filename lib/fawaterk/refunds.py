"""Refunds at the gateway: what we ask it for, and how it lists what was asked for, here or in its dashboard.

Its own calls are `refund/create`, `index`, `details` and `delete`. `create` only submits a request and names no id for it.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from lib.fawaterk.errors import Unreadable
from lib.fawaterk.values import first_of, read_amount, read_inessential_text, read_text, read_time

# What a refund is of. Numbers of invoices and of transactions overlap, so a number alone names neither.
RefundKind = Literal["INVOICE", "TRANSACTION"]
# UNKNOWN: in a word that nobody has written down yet. GONE: the gateway does not have it any more.
RefundState = Literal["PENDING", "APPROVED", "REJECTED", "UNKNOWN", "GONE"]

# The gateway refuses less, in the currency that it counts in.
SMALLEST_REFUND = Decimal(1)

_REFUND_TYPES: dict[RefundKind, str] = {"INVOICE": "0", "TRANSACTION": "3"}
# One of the strings of `refund/refundReasons`; no other is taken. Our own words go into the comment.
_REASON = "Other"
_LONGEST_COMMENT = 255
_LONGEST_INTEGER = 18
_STATES: dict[str, RefundState] = {"pending": "PENDING", "approved": "APPROVED", "1": "APPROVED"}
# Nobody says which word it has for a rejected one.
_REJECTIONS = ("reject", "declin", "refus")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """A refund to ask the gateway for; `amount` in the currency in which it holds the money."""

    kind: RefundKind
    refundable_id: str
    amount: Decimal
    comment: str

    def to_wire(self) -> dict[str, object]:
        """Give the body of `refund/create`."""
        is_number = self.refundable_id.isascii() and self.refundable_id.isdigit()
        return {
            "refund_type": _REFUND_TYPES[self.kind],
            "refund_id": int(self.refundable_id)
            if is_number and len(self.refundable_id) <= _LONGEST_INTEGER
            else self.refundable_id,
            "reason": _REASON,
            # The vendor's description has a number. An amount has at most 14 digits, so a float writes it as it is.
            "refundable_amount": int(self.amount) if self.amount == int(self.amount) else float(self.amount),
            "comment": self.comment[:_LONGEST_COMMENT],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRefund:
    """A row of the gateway's list; `amount` in a currency that it does not name, `requested_at` in UTC."""

    gateway_id: str
    kind: RefundKind
    refundable_id: str
    amount: Decimal
    state: RefundState
    state_text: str
    requested_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPage:
    """A page of the gateway's list, newest first. `total`: how many rows the whole list has, where it says so."""

    refunds: list[ListedRefund]
    unreadable_rows: int
    last_page: int
    total: int


def read_refund_page(answer: dict[str, object]) -> RefundPage:
    """Give a page of the list without the rows that can't be read; raise Unreadable if it is no list."""
    rows = answer.get("data")
    if not isinstance(rows, list):
        raise Unreadable("a list of refunds was expected")
    refunds = [refund for row in rows if (refund := _listed(row)) is not None]
    return RefundPage(
        refunds=refunds,
        unreadable_rows=len(rows) - len(refunds),
        last_page=_count(answer.get("last_page"), 1),
        total=_count(answer.get("total"), len(rows)),
    )


def read_refund_state(answer: dict[str, object]) -> tuple[RefundState, str]:
    """Give the state of one refund and the gateway's word for it. The gateway answers nothing about one that it lacks."""
    if not answer:
        return "GONE", ""
    if read_text(answer.get("id")) is None:
        raise Unreadable("no refund in it")
    return _state(answer)


def _listed(row: object) -> ListedRefund | None:
    if not isinstance(row, dict):
        return None
    try:
        gateway_id, refundable_id = read_text(row.get("id")), read_text(row.get("refundable_id"))
    except Unreadable:
        return None
    kind, amount = _kind(row.get("refundable_type")), read_amount(row.get("refundable_amount"))
    if not gateway_id or not refundable_id or kind is None or amount is None or amount <= 0:
        return None
    state, state_text = _state(row)
    return ListedRefund(
        gateway_id=gateway_id,
        kind=kind,
        refundable_id=refundable_id,
        amount=amount,
        state=state,
        state_text=state_text,
        requested_at=read_time(row.get("created_at")),
    )


def _kind(value: object) -> RefundKind | None:
    name = (read_inessential_text(value) or "").casefold()
    if "transaction" in name:
        return "TRANSACTION"
    return "INVOICE" if "invoice" in name else None


def _state(row: dict[str, object]) -> tuple[RefundState, str]:
    word = read_inessential_text(first_of(row, "status")) or ""
    compared = word.strip().casefold()
    if compared.startswith(_REJECTIONS):
        return "REJECTED", word
    return _STATES.get(compared, "UNKNOWN"), word


def _count(value: object, otherwise: int) -> int:
    number = read_amount(value)
    return otherwise if number is None or number < 0 else int(number)
