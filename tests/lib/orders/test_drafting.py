"""A draft that does not add up is refused with the field of the request that is to blame."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from lib.db import Transaction
from lib.errors import Invalid
from lib.orders.drafting import Draft, amounts_of, require_user
from lib.orders.items import NewItem
from tests.support.scenes import a_customer, draft_of

DRAFT = draft_of(UUID(int=1), "100")


def wrong_fields(draft: Draft) -> list[tuple[list[str | int], str]]:
    """What is wrong with a draft: where, and of which kind."""
    with pytest.raises(Invalid) as refused:
        amounts_of(draft)
    return [(error["loc"], error["type"]) for error in refused.value.errors]


def items(*prices: str) -> list[NewItem]:
    return [NewItem(description_en="Tour", quantity=Decimal(1), unit_price=Decimal(price)) for price in prices]


def test_every_amount_with_too_many_decimals_is_named() -> None:
    draft = replace(DRAFT, items=items("1.00", "1.001", "2.005"), discount_amount=Decimal("0.001"))
    assert wrong_fields(draft) == [
        (["body", "discount_amount"], "decimals"),
        (["body", "items", 1, "unit_price"], "decimals"),
        (["body", "items", 2, "unit_price"], "decimals"),
    ]


@pytest.mark.parametrize(("price", "currency"), [("1.001", "EGP"), ("1.1", "JPY")])
def test_how_many_decimals_are_too_many_is_for_the_currency_to_say(price: str, currency: str) -> None:
    assert wrong_fields(replace(DRAFT, items=items(price), currency=currency))
    assert amounts_of(replace(DRAFT, items=items(price), currency="KWD")).total_amount == Decimal(price)


def test_a_discount_above_the_subtotal_is_the_discount_s_fault() -> None:
    draft = replace(DRAFT, discount_amount=Decimal("100.01"))
    assert wrong_fields(draft) == [(["body", "discount_amount"], "value_error")]


def test_an_order_that_is_too_large_is_the_items_fault() -> None:
    draft = replace(DRAFT, items=items("99999999999", "1"))
    assert wrong_fields(draft) == [(["body", "items"], "value_error")]


def test_a_draft_comes_to_its_items_less_discount_with_tax() -> None:
    draft = replace(DRAFT, items=items("100", "200"), tax_rate=Decimal(14), discount_amount=Decimal(100))
    found = amounts_of(draft)
    assert (found.lines, found.subtotal) == ((Decimal(100), Decimal(200)), Decimal(300))
    assert (found.tax_amount, found.total_amount) == (Decimal(28), Decimal(228))


def test_a_free_draft_comes_to_nothing_whatever_its_discount() -> None:
    found = amounts_of(replace(DRAFT, is_free=True, discount_amount=Decimal(500)))
    assert (found.discount_amount, found.total_amount) == (Decimal(100), Decimal(0))


def test_a_draft_is_for_somebody_whom_we_know(tx: Transaction) -> None:
    with pytest.raises(Invalid, match="user_id: is no user that we know"):
        require_user(tx, UUID(int=0))
    require_user(tx, a_customer())
