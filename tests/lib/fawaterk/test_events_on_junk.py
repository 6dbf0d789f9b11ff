"""For any body at all, the result is an event or UnreadableEvent."""

import json
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from lib.fawaterk.events import UnreadableEvent, read_event

NAMES = st.sampled_from([
    "invoice_id", "invoice_key", "InvoiceKey", "payment_method", "PaymentMethod", "paymentMethod", "invoice_status",
    "status", "referenceId", "reference_id", "transactionId", "transaction_id", "transaction_key", "amount",
    "paidAmount", "amount_cents", "paidCurrency", "currency", "pay_load", "errorMessage", "response", "hashKey",
    "transactionHashKey", "api_key", "pay_load[a]", "a[b][c]",
])  # fmt: skip
STATUSES = st.sampled_from(["paid", "FAILED", "expired", "CANCELED", "pending", "approved", "1"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | STATUSES
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8)
CONTENT_TYPES = st.none() | st.text() | st.sampled_from(["application/json", "application/x-www-form-urlencoded"])


def outcome_is_known(body: bytes, content_type: str | None) -> bool:
    try:
        event = read_event(body, content_type)
    except UnreadableEvent:
        return True
    json.dumps(event.body, allow_nan=False).encode()
    json.dumps(event.pay_load, allow_nan=False)
    return not event.is_genuine("vendor-key")


@given(st.binary(), CONTENT_TYPES)
def test_random_bytes_are_an_event_or_unreadable(body: bytes, content_type: str | None) -> None:
    assert outcome_is_known(body, content_type)


@given(st.dictionaries(NAMES | st.text(), VALUES), CONTENT_TYPES)
def test_random_json_is_an_event_or_unreadable(fields: dict[str, object], content_type: str | None) -> None:
    assert outcome_is_known(json.dumps(fields).encode(), content_type)


@given(st.lists(st.tuples(NAMES | st.text(alphabet="ab[]="), st.text(alphabet="a1%[]{}\x00é") | STATUSES)))
def test_a_random_form_is_an_event_or_unreadable(pairs: list[tuple[str, str]]) -> None:
    assert outcome_is_known(urlencode(pairs).encode(), "application/x-www-form-urlencoded")
