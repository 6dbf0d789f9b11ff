"""Listings: which rows of a view a page has, and views merged into one list."""

import json

import pytest

from lib.web import Listing, Page, PageQuery, read_counted_page, read_page
from tests.support import database as statements


@pytest.fixture
def shelves(things: str) -> str:
    """Ten things, the newest first named after 9."""
    statements.run(things, "truncate things")
    statements.run(
        things,
        """
        insert into things (name, created_at)
        select n::text, timestamptz '2026-01-01' + n * interval '1 day' from generate_series(0, 9) n
        """,
    )
    return things


NAME = "document ->> 'name'"
ALL = Listing("thing_documents", {"name": f"{NAME} = :name", "from_name": f"{NAME} >= :from_name"}, always=f"{NAME} <> '9'")
EVEN = Listing("thing_documents", always=f"{NAME} in ('0', '2', '4', '6', '8')")
ODD = Listing("thing_documents", always=f"{NAME} in ('1', '3', '5', '7', '9')")


def names(page: Page) -> str:
    return "".join(thing["name"] for thing in json.loads(page.body))


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "876543210"),
        ({"from_name": "5"}, "8765"),
        ({"from_name": "5", "name": "6"}, "6"),
        ({"name": "9"}, ""),
    ],
)
def test_a_filter_applies_where_it_has_a_value_and_what_is_always_asked_for_always(
    shelves: str, values: dict[str, str], expected: str
) -> None:
    assert shelves
    assert names(read_page(PageQuery(limit=50), ALL, **values)) == expected
    assert read_counted_page(PageQuery(limit=1), 100, ALL, **values)[1] == len(expected)


def test_views_are_merged_into_one_list_that_pages_through_both(shelves: str) -> None:
    assert shelves
    first = read_page(PageQuery(limit=4), EVEN, ODD)
    second = read_page(PageQuery(limit=4, cursor=first.cursor), EVEN, ODD)

    assert (names(first), names(second)) == ("9876", "5432")
    totals = [read_counted_page(PageQuery(limit=2), most, EVEN, ODD)[1] for most in (3, 7, 10, 11)]
    assert totals == [3, 7, 10, 10]
