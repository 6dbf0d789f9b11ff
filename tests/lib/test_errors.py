"""`require_found`: the value, or the error that it does not exist."""

import pytest

from lib.errors import NotFound, require_found


def test_what_is_found_is_given_back_even_where_it_is_empty() -> None:
    assert require_found("", "order") == ""
    assert require_found(0, "order") == 0


def test_what_is_not_found_is_named() -> None:
    with pytest.raises(NotFound, match=r"^There is no such order$"):
        require_found(None, "order")
