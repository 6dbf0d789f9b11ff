"""What JSON may be before it is parsed: a byte must not become fifty, nor a number a thousand digits."""

import json
import time
import tracemalloc

import pytest

from lib.errors import Unreadable
from lib.fawaterk.errors import Unreadable as UnreadableEvent
from lib.fawaterk.parsing import read_body
from lib.json_bounds import DEEPEST, LONGEST_NUMBER, MOST_VALUES, OutOfBounds, check_number, check_structure
from lib.web.parsing import read_json

MEBIBYTE = 1024 * 1024


@pytest.mark.parametrize(
    "text",
    [
        "[" * (DEEPEST + 1),
        '{"a":' * (DEEPEST + 1) + "1" + "}" * (DEEPEST + 1),
        "[" + "1," * MOST_VALUES + "1]",
        "[" + "{}," * (MOST_VALUES // 2) + "{}]",
        '["' + "[" * 100 + '",' + "[" * DEEPEST,
        r'["\\",' + "[" * DEEPEST,
        r'["\"",' + "[" * DEEPEST,
    ],
    ids=lambda text: text[:12],
)
def test_too_many_values_and_too_deep_ones_are_not_parsed(text: str) -> None:
    with pytest.raises(OutOfBounds):
        check_structure(text)


@pytest.mark.parametrize(
    "value",
    [
        ["," * MEBIBYTE, "[{" * 1000],
        [r"\"[" * 5000, '"' * 5000 + "[" * 5000],
        ["[" * 40, {"[" * 40: "\\"}],
        [[]] * 1000,
        list(range(MOST_VALUES - 2)),
    ],
    ids=["text", "escaped quotes", "keys", "siblings", "numbers"],
)
def test_brackets_and_commas_inside_texts_count_for_nothing(value: object) -> None:
    check_structure(json.dumps(value))


@pytest.mark.parametrize(
    "number", ["9e999", "1E-9999999", "1e65", "-1e-65", "9" * 65, "0." + "0" * 63 + "1", "1e" + "0" * 65]
)
def test_a_number_is_refused_before_it_is_made(number: str) -> None:
    with pytest.raises(OutOfBounds):
        check_number(number)
    with pytest.raises(Unreadable):
        read_json(f'{{"a": {number}}}'.encode(), "application/json")


@pytest.mark.parametrize("number", ["0", "-0", "342.00", "1e64", "1E+5", "-1e-64", "9" * LONGEST_NUMBER])
def test_any_number_that_somebody_may_mean_is_read(number: str) -> None:
    check_number(number)


@pytest.mark.parametrize(
    "body",
    [
        b'{"booking_details": {"a": [' + b"9e999," * 174_000 + b"1]}}",
        b'{"booking_details": {"a": [' + b"9e9," * 262_000 + b"1]}}",
        b'{"booking_details": {"a": [' + b"[]," * 349_000 + b"1]}}",
        b'{"booking_details": {"a": ' + b'{"a":' * 170_000,
        b'{"a": "' + rb"\"" * 520_000,
        b'{"a": ' + b"9" * 1_000_000 + b"}",
    ],
    ids=["exponents", "numbers", "lists", "levels", "an endless text", "digits"],
)
def test_a_body_of_one_mebibyte_is_refused_within_a_few_megabytes_and_at_once(body: bytes) -> None:
    assert len(body) <= MEBIBYTE
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(Unreadable):
            read_json(body, "application/json")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 16 * MEBIBYTE
    assert time.process_time() - began < 2


def test_so_is_json_inside_a_webhook() -> None:
    deep = "[" * 33 + "]" * 33
    with pytest.raises(UnreadableEvent, match="nested too deeply"):
        read_body(f'{{"pay_load": {deep}}}'.encode(), "application/json")
