"""Money: exact, rounded half-up to the currency's decimals, with the same results as in the database."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from lib.money import DECIMALS, Amount, Currency, is_exact, rounded, same_amount, with_currency
from tests.support import database as statements

AMOUNT: TypeAdapter[Decimal] = TypeAdapter(Amount)


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("0.125", "EGP", "0.13"),
        ("0.135", "EGP", "0.14"),
        ("-0.125", "EGP", "-0.13"),
        ("342", "EGP", "342.00"),
        ("1.0005", "KWD", "1.001"),
        ("1234.5", "JPY", "1235"),
        ("99999999999.999", "EGP", "100000000000.00"),
    ],
)
def test_amounts_are_rounded_half_up_to_the_currency_s_decimals(amount: str, currency: str, expected: str) -> None:
    assert str(rounded(Decimal(amount), currency)) == expected


def test_the_database_knows_the_same_decimals_for_every_currency(database: str) -> None:
    rows = statements.run(
        database, "select code, currency_decimals(code) from unnest(:codes::text[]) code", codes=list(DECIMALS)
    )

    assert [tuple(row) for row in rows] == list(DECIMALS.items())


@given(st.decimals(min_value=-(10**10), max_value=10**10, places=6), st.sampled_from(["EGP", "KWD", "JPY"]))
def test_what_was_rounded_is_exact_and_at_most_half_a_unit_off(amount: Decimal, currency: str) -> None:
    result = rounded(amount, currency)

    assert is_exact(result, currency)
    assert abs(result - amount) * 2 <= Decimal(1).scaleb(-DECIMALS[currency])


def test_the_database_rounds_as_we_do(database: str) -> None:
    amounts = [Decimal(n).scaleb(-4) for n in (-25, -15, -5, 0, 5, 15, 25, 12345, 12355, 99995, 100005)]
    pairs = [(amount, currency) for amount in amounts for currency in ("EGP", "KWD", "JPY")]
    rows = statements.run(
        database,
        "select money(amount, currency) from unnest(:amounts::numeric[], :currencies::text[]) as pair(amount, currency)",
        amounts=[amount for amount, _ in pairs],
        currencies=[currency for _, currency in pairs],
    )

    assert [row[0] for row in rows] == [rounded(amount, currency) for amount, currency in pairs]


@pytest.mark.parametrize(
    ("first", "second", "currency", "same"),
    [
        ("342", "342.00", "EGP", True),
        ("342.00", "342.004", "EGP", False),
        ("342.004", "342.004", "EGP", False),
        ("342.004", "342.004", "KWD", True),
        ("342.5", "342.5", "JPY", False),
    ],
)
def test_a_fraction_of_a_minor_unit_is_a_difference(first: str, second: str, currency: str, same: bool) -> None:  # noqa: FBT001 - a table's column
    assert same_amount(Decimal(first), Decimal(second), currency) is same


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [(5, "5"), ("342.00", "342.00"), (Decimal("1E+2"), "100"), (Decimal("0.125"), "0.125"), ("0", "0"), ("007.50", "7.50")],
)
def test_a_number_or_a_decimal_string_is_an_amount(given_value: object, expected: str) -> None:
    assert str(AMOUNT.validate_python(given_value)) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        1.5,
        True,
        None,
        [],
        "",
        " 1",
        "1,5",
        "1e3",
        "+1",
        ".5",
        "1_000",
        "NaN",
        "\u0661",
        "-1",
        "-0",
        "0.0001",
        "9" * 16,
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("Infinity"),
        Decimal("-0"),
        Decimal("-0.000"),
        Decimal("1E-999999999"),
        Decimal("1E+999999999"),
        Decimal("1." + "0" * 40 + "1"),
        Decimal(100000000000),
        10**400,
    ],
    ids=lambda wrong: repr(wrong)[:30],
)
def test_anything_else_is_not(wrong: object) -> None:
    with pytest.raises(ValidationError):
        AMOUNT.validate_python(wrong)


@pytest.mark.parametrize("code", ["egp", "XXX", "EG", "", "EGP ", "XAU", "\u0410ED"])
def test_a_currency_that_nobody_is_billed_in_is_refused(code: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Currency).validate_python(code)


@pytest.mark.parametrize(
    ("amount", "currency", "text"), [("8", "EGP", "8.00 EGP"), ("1.5", "KWD", "1.500 KWD"), ("100", "JPY", "100 JPY")]
)
def test_an_amount_is_written_with_its_currency_s_decimals(amount: str, currency: str, text: str) -> None:
    assert with_currency(Decimal(amount), currency) == text
