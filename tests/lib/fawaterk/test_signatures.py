import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.fawaterk.signatures import is_signed, sign

VECTORS = json.loads(Path("tests/fixtures/fawaterk/hmac_vectors.json").read_text())


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["event"])
def test_a_signature_equals_the_one_computed_elsewhere(vector: dict[str, str]) -> None:
    assert sign(vector["string_to_sign"], VECTORS["key"]) == vector["hash"]
    assert is_signed(vector["string_to_sign"], vector["hash"], VECTORS["key"])


def test_a_hash_of_another_text_or_key_does_not_sign() -> None:
    given_hash = sign("InvoiceId=1", "key")
    assert not is_signed("InvoiceId=2", given_hash, "key")
    assert not is_signed("InvoiceId=1", given_hash, "another key")
    assert is_signed("InvoiceId=1", given_hash.upper(), "key")


def test_nothing_is_signed_without_a_vendor_key() -> None:
    assert not is_signed("InvoiceId=1", sign("InvoiceId=1", ""), "")


def test_an_arabic_payment_method_is_signed_as_utf_8() -> None:
    text = "InvoiceId=1&InvoiceKey=k&PaymentMethod=فوري"
    assert is_signed(text, sign(text, "key"), "key")


@pytest.mark.parametrize("odd", [None, "", "é" * 64, "\ud800", "\x00", "ابجد"])
def test_an_odd_hash_is_simply_wrong(odd: str | None) -> None:
    assert not is_signed("InvoiceId=1", odd, "key")


@given(st.text(), st.none() | st.text(), st.text())
def test_no_input_makes_the_comparison_raise(text: str, given_hash: str | None, key: str) -> None:
    assert is_signed(text, given_hash, key) in (True, False)
