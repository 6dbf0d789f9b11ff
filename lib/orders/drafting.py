"""Drafts of orders and their amounts. A draft can be changed freely until it is issued."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from lib.db import Transaction
from lib.errors import CustomerInactive, FieldError, Invalid
from lib.money import DECIMALS, is_exact
from lib.orders.items import NewItem
from lib.orders.texts import MOST_CHARACTERS, MOST_LINES, printed
from lib.orders.totals import Totals, totals
from lib.security.rights import require_administrator

OrderType = Literal["SERVICE", "MANUAL_INVOICE", "EXTRA", "CUSTOM_FEE", "OTHER"]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The contents of an order. The total of a free order is 0. On account: nothing is sold, so it earns nothing."""

    user_id: UUID
    order_type: OrderType
    items: Sequence[NewItem]
    tax_rate: Decimal
    discount_amount: Decimal
    currency: str
    notes_ar: str | None = None
    notes_en: str | None = None
    due_date: date | None = None
    is_free: bool = False
    is_on_account: bool = False


def require_user(tx: Transaction, user_id: UUID) -> None:
    """Raise Invalid if no user has this id, and CustomerInactive if their account is deactivated."""
    is_active = tx.first_value(bool, "select is_active from users where id = :id", id=user_id)
    if is_active is None:
        raise Invalid.field(["body", "user_id"], "is no user that we know")
    if not is_active:
        raise CustomerInactive


def require_printable(draft: Draft) -> None:
    """Raise Invalid for so much text in all that drawing the invoice would take too long."""
    descriptions = [(item.description_ar, item.description_en) for item in draft.items]
    found = printed(descriptions, draft.notes_ar, draft.notes_en)
    advice = "a description in one language counts twice, since it is printed in both columns"
    for number, most, what in (
        (found.characters, MOST_CHARACTERS, "characters"),
        (found.lines, MOST_LINES, "lines"),
    ):
        if number > most:
            message = f"descriptions and notes must have at most {most} {what} in all, and have {number} ({advice})"
            raise Invalid.field(["body", "items"], message, "too_long")


def amounts_of(draft: Draft) -> Totals:
    """The amounts of a draft. Raises Invalid, which names the wrong field of the request."""
    _require_decimals(draft)
    try:
        return totals(
            [(item.quantity, item.unit_price) for item in draft.items],
            tax_rate=draft.tax_rate,
            discount_amount=draft.discount_amount,
            currency=draft.currency,
            is_free=draft.is_free,
        )
    except ValueError as error:
        raise Invalid.field(["body", "discount_amount" if "subtotal" in str(error) else "items"], str(error)) from None


def require_may_give_away(role: str, amounts: Totals) -> None:
    """Raise Forbidden if amounts come to 0, by a discount or by their prices, and this role may not give that away."""
    if amounts.total_amount == 0:
        require_administrator(role, "make an order or a booking whose total is 0")


def _require_decimals(draft: Draft) -> None:
    places: list[tuple[list[str | int], Decimal]] = [(["body", "discount_amount"], draft.discount_amount)]
    places += [(["body", "items", index, "unit_price"], item.unit_price) for index, item in enumerate(draft.items)]
    message = f"must have at most {DECIMALS[draft.currency]} decimals in {draft.currency}"
    wrong: list[FieldError] = [
        {"loc": place, "msg": message, "type": "decimals"}
        for place, amount in places
        if not is_exact(amount, draft.currency)
    ]
    if wrong:
        raise Invalid(wrong)
