import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import pytest

from lib.fawaterk.events import Event, UnreadableEvent, read_event
from lib.fawaterk.signatures import sign

KEY = "test-vendor-key"
RECORDED_ROWS = json.loads(Path("tests/fixtures/fawaterk/payloads.json").read_text())
RECORDED = {row["name"]: row["payload"] for row in RECORDED_ROWS}
PAID = {"invoice_id": 77, "invoice_key": "abcDEF123", "payment_method": "Fawry", "invoice_status": "paid"}
PAID_TEXT = "InvoiceId=77&InvoiceKey=abcDEF123&PaymentMethod=Fawry"


def as_json(fields: Mapping[str, object]) -> Event:
    return read_event(json.dumps(fields).encode(), "application/json")


def as_form(fields: dict[str, str]) -> Event:
    return read_event(urlencode(fields).encode(), "application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    ("name", "kind", "shape", "invoice_id", "signed"),
    [
        ("webhook.paid.v2_doc", "paid", "v2", "1000430", "InvoiceId=1000430&InvoiceKey=69zpnFIcIPYNBwG&PaymentMethod=Fawry"),
        ("webhook.failed.v2", "failed", "v2", "281795", "InvoiceId=281795&InvoiceKey=P4Xe5sQpFzRIwzq&PaymentMethod=Card"),
        ("webhook.cancel.v2", "expired", "v2", None, "referenceId=123456&PaymentMethod=Fawry"),
        ("webhook.cancel.v3.expired", "expired", "v3", "12345", "referenceId=998877&PaymentMethod=Aman"),
        ("webhook.cancel.v3.canceled", "cancelled", "v3", "12346", "referenceId=998877&PaymentMethod=Masary"),
        ("webhook.refund.v3", "refund", "v3", "12345", "transactionId=12345&amount=50.00&currency=EGP"),
        ("webhook.paid.v3", "paid", "v3", "12345", "TransactionId=12345&TransactionKey=550e8400-e29b-41d4-a716-446655440000&PaymentMethod=Visa-Mastercard"),  # noqa: E501 - one row, one event
        ("webhook.pending.v3", "pending", "v3", "12345", "TransactionId=12345&TransactionKey=550e8400-e29b-41d4-a716-446655440000&PaymentMethod=Fawry"),  # noqa: E501 - one row, one event
    ],
)  # fmt: skip
def test_a_recorded_event_is_read_and_its_signature_holds(
    name: str, kind: str, shape: str, invoice_id: str | None, signed: str
) -> None:
    fields = RECORDED[name] | {"hashKey": sign(signed, KEY)}
    if "transactionHashKey" in fields:
        fields = fields | {"transactionHashKey": fields.pop("hashKey")}
    event = as_json(fields)
    assert (event.kind, event.shape, event.invoice_id) == (kind, shape, invoice_id)
    assert event.signed_texts == (signed,)
    assert event.is_genuine(KEY)


def test_the_recorded_refund_of_version_2_is_unsigned() -> None:
    event = as_json(RECORDED["webhook.refund.v2_doc"])
    assert (event.kind, event.shape, event.invoice_id) == ("refund", "v2", "TRANS-REFUND")
    assert (event.amount, event.currency) == (Decimal(100), "EGP")
    assert event.signed_texts == ()
    assert not event.is_genuine(KEY)


def test_of_a_refund_only_what_is_signed_is_read() -> None:
    signed = RECORDED["webhook.refund.v3"] | {"hashKey": sign("transactionId=12345&amount=50.00&currency=EGP", KEY)}
    added = {"paidAmount": "99", "paidCurrency": "USD", "invoice_id": "7", "transactionKey": "k", "referenceId": "r"}
    event = as_json(added | signed)
    assert event.is_genuine(KEY)
    assert (event.invoice_id, event.invoice_key, event.reference) == ("12345", None, None)
    assert (event.amount, event.currency) == (Decimal("50.00"), "EGP")


def test_a_saved_card_is_a_signed_event_whose_token_is_struck_out() -> None:
    signed = sign("customerUniqueId=222111333&customerCardToken=9731673377207107", KEY)
    event = as_json(RECORDED["webhook.token.v2"] | {"hashKey": signed})
    assert (event.kind, event.invoice_id, event.is_genuine(KEY)) == ("card", None, True)
    assert "9731673377207107" not in json.dumps(event.body)


@pytest.mark.parametrize(
    "odd",
    [
        {"reference_id": {}, "referenceId": []},
        {"transaction_id": False, "transaction_key": {}},
        {"invoice_status": "paid", "status": True},
        {"invoice_status": None, "status": True},
        {"invoice_status": {}, "status": "paid"},
        {"invoice_key": [], "InvoiceKey": PAID["invoice_key"]},
        {"customerData": 7, "paidAmount": {}, "paidCurrency": False, "pay_load": [], "errorMessage": {}},
        {"referenceNumber": ["x"], "customerUniqueId": {}, "transactionId": "x" * 300},
        {"transactionHashKey": {}},
    ],
)
def test_an_odd_field_that_is_neither_signed_nor_matched_by_hides_no_paid_event(odd: dict[str, object]) -> None:
    event = as_json(PAID | {"hashKey": sign(PAID_TEXT, KEY)} | odd)
    assert (event.kind, event.invoice_id, event.invoice_key) == ("paid", "77", "abcDEF123")
    assert event.is_genuine(KEY)


@pytest.mark.parametrize("odd", [{"invoice_id": {}}, {"invoice_key": False}, {"payment_method": ["Fawry"]}, {"hashKey": {}}])
def test_an_odd_field_that_is_signed_makes_no_event_genuine(odd: dict[str, object]) -> None:
    assert not as_json(PAID | {"hashKey": sign(PAID_TEXT, KEY)} | odd).is_genuine(KEY)


@pytest.mark.parametrize("status", [False, {}, ["paid"]])
def test_a_signed_event_whose_status_is_no_text_closes_nothing(status: object) -> None:
    event = as_json(PAID | {"hashKey": sign(PAID_TEXT, KEY), "invoice_status": status})
    assert (event.kind, event.is_genuine(KEY)) == ("unknown", True)


@pytest.mark.parametrize("status", ["on hold", 7, "rejected"])
def test_a_signed_event_of_a_kind_that_nobody_knows_is_an_event(status: object) -> None:
    assert as_json(PAID | {"invoice_status": status, "hashKey": sign(PAID_TEXT, KEY)}).is_genuine(KEY)
    assert as_json(PAID | {"invoice_status": status, "hashKey": sign(PAID_TEXT, KEY)}).kind == "unknown"
    refund = {"transactionId": 1, "amount": "5", "currency": "EGP", "status": status}
    assert as_json(refund | {"hashKey": sign("transactionId=1&amount=5&currency=EGP", KEY)}).is_genuine(KEY)


@pytest.mark.parametrize("name", ["webhook.paid.v3.null_invoice", "webhook.paid.v2_tr.both_hashes"])
@pytest.mark.parametrize("legacy", [{}, {"hashKey": None}, {"invoice_id": "", "invoice_key": ""}, {"hashKey": "0" * 64}])
def test_the_hash_of_either_pair_of_ids_makes_an_event_genuine(name: str, legacy: dict[str, object]) -> None:
    event = as_json(RECORDED[name] | legacy)
    assert event.is_genuine(KEY)
    assert event.keys == {"550e8400-e29b-41d4-a716-446655440000"}
    assert event.kind == "paid"


def test_legacy_ids_beside_the_hash_of_a_transaction_alone_are_genuine() -> None:
    fields = dict(RECORDED["webhook.paid.v2_tr.both_hashes"])
    del fields["hashKey"]
    assert as_json(fields).is_genuine(KEY)
    assert as_form({name: str(value) for name, value in fields.items()}).is_genuine(KEY)
    del fields["transactionHashKey"]
    assert not as_json(fields).is_genuine(KEY)


@pytest.mark.parametrize(
    ("signed", "sent"), [("150.5", "150.50"), ("150.50", "150.5"), ("150", "150.00"), ("150.00", "150")]
)
def test_a_refunds_amount_may_be_signed_in_another_spelling_but_not_another_amount(signed: str, sent: str) -> None:
    fields = {"transactionId": 12345, "currency": "EGP", "status": 1}
    fields["hashKey"] = sign(f"transactionId=12345&amount={signed}&currency=EGP", KEY)
    assert as_json(fields | {"amount": sent}).is_genuine(KEY)
    assert read_event(json.dumps(fields | {"amount": "?"}).replace('"?"', sent).encode(), None).is_genuine(KEY)
    assert not as_json(fields | {"amount": "150.51"}).is_genuine(KEY)


def test_the_recorded_refund_with_a_number_is_genuine() -> None:
    (raw,) = (row["raw_body"] for row in RECORDED_ROWS if row["name"] == "webhook.refund.v3.numeric_amount")
    assert read_event(raw.encode(), None).is_genuine(KEY)


def signed_form(**more: str) -> str:
    return urlencode({name: str(value) for name, value in PAID.items()} | {"hashKey": sign(PAID_TEXT, KEY)} | more)


@pytest.mark.parametrize(
    "body",
    [
        "\ufeff" + json.dumps(PAID | {"hashKey": sign(PAID_TEXT, KEY)}),
        "\ufeff" + signed_form(),
        signed_form().replace("&", "&&"),
        "&" + signed_form() + "&",
        signed_form() + "\r\n",
        signed_form(hashKey=sign(PAID_TEXT, KEY).upper()),
    ],
)
@pytest.mark.parametrize("content_type", [None, "text/plain; charset=ISO-8859-1", "application/json; charset=utf-16"])
def test_what_a_sender_or_a_proxy_writes_otherwise_changes_no_signature(body: str, content_type: str | None) -> None:
    assert read_event(body.encode(), content_type).is_genuine(KEY)


@pytest.mark.parametrize("encode", [lambda text: text.encode("latin-1"), lambda text: text.encode()])
def test_a_body_in_the_charset_that_it_names_or_in_utf_8_is_genuine(encode: Callable[[str], bytes]) -> None:
    signature = sign("InvoiceId=77&InvoiceKey=abcDEF123&PaymentMethod=Café", KEY)
    event = {**PAID, "payment_method": "Café", "hashKey": signature}
    content_type = "application/json; charset=ISO-8859-1"
    assert read_event(encode(json.dumps(event, ensure_ascii=False)), content_type).is_genuine(KEY)
    form = urlencode({name: encode(str(value)) for name, value in event.items()})
    assert read_event(form.encode(), content_type).is_genuine(KEY)


def test_what_an_event_tells_besides_its_invoice_is_read() -> None:
    event = as_json(RECORDED["webhook.failed.v2"])
    assert (event.amount, event.currency) == (Decimal(1000), "EGP")
    assert event.error_message == "3D Secure authentication failed"
    assert event.pay_load == {"family_id": 123}
    paid = as_json(RECORDED["webhook.paid.v2_doc"])
    assert paid.pay_load is None


def test_a_failed_event_of_version_3_needs_no_status() -> None:
    text = "TransactionId=5&TransactionKey=k&PaymentMethod=Card"
    fields = {"transaction_id": 5, "transaction_key": "k", "payment_method": "Card", "amount": "10.00"}
    response = {"response": '{"gatewayCode":"DECLINED"}', "hashKey": sign(text, KEY)}
    event = as_json(fields | response)
    assert (event.kind, event.shape) == ("failed", "v3")
    assert event.is_genuine(KEY)


def test_a_forged_hash_or_an_edited_invoice_is_not_genuine() -> None:
    genuine = PAID | {"hashKey": sign(PAID_TEXT, KEY)}
    assert as_json(genuine).is_genuine(KEY)
    assert not as_json(genuine | {"hashKey": "0" * 64}).is_genuine(KEY)
    assert not as_json(genuine | {"invoice_id": 78}).is_genuine(KEY)
    assert not as_json(genuine | {"invoice_key": "another"}).is_genuine(KEY)
    assert not as_json(PAID).is_genuine(KEY)


def test_an_edited_status_leaves_the_hash_holding_because_the_gateway_does_not_sign_it() -> None:
    event = as_json(PAID | {"invoice_status": "failed", "hashKey": sign(PAID_TEXT, KEY)})
    assert event.kind == "failed"
    assert event.is_genuine(KEY)


def test_an_event_that_lacks_a_signed_value_is_not_genuine() -> None:
    event = as_json({"invoice_id": 77, "invoice_status": "paid", "hashKey": sign("InvoiceId=77", KEY)})
    assert event.signed_texts == ()
    assert not event.is_genuine(KEY)


def test_the_deployment_guides_spelling_is_read_in_both_encodings() -> None:
    fields = {
        "invoice_id": "77",
        "InvoiceKey": "abcDEF123",
        "PaymentMethod": "Fawry",
        "invoice_status": "PAID",
        "amount_cents": "100050",
        "hashKey": sign(PAID_TEXT, KEY),
    }
    for event in (as_json({**fields}), as_form(fields)):
        assert (event.kind, event.invoice_id, event.invoice_key) == ("paid", "77", "abcDEF123")
        assert event.amount == Decimal("1000.50")
        assert event.is_genuine(KEY)


@pytest.mark.parametrize("spelling", ["reference_id", "referenceId"])
def test_an_expired_event_of_the_guide_is_signed_over_its_reference(spelling: str) -> None:
    fields = {spelling: "4266311", "PaymentMethod": "Aman", "invoice_status": "expired"}
    event = as_form(fields | {"hashKey": sign("referenceId=4266311&PaymentMethod=Aman", KEY)})
    assert (event.kind, event.reference) == ("expired", "4266311")
    assert event.is_genuine(KEY)


def test_an_expired_event_may_be_signed_over_its_invoice_or_over_its_reference() -> None:
    fields = {"invoice_id": "77", "InvoiceKey": "abcDEF123", "PaymentMethod": "Fawry", "invoice_status": "expired"}
    by_invoice = as_json(fields | {"hashKey": sign(PAID_TEXT, KEY)})
    assert (by_invoice.kind, by_invoice.invoice_id) == ("expired", "77")
    assert by_invoice.is_genuine(KEY)
    by_reference = as_json(fields | {"reference_id": "9", "hashKey": sign("referenceId=9&PaymentMethod=Fawry", KEY)})
    assert by_reference.is_genuine(KEY)


@pytest.mark.parametrize(
    ("status", "kind"),
    [("EXPIRED", "expired"), ("Expired", "expired"), ("CANCELED", "cancelled"), ("cancelled", "cancelled")],
)
def test_a_status_is_read_whatever_its_case(status: str, kind: str) -> None:
    assert as_json({"referenceId": "1", "status": status, "paymentMethod": "Fawry"}).kind == kind


@pytest.mark.parametrize("lexeme", ["150.00", "1.5e2", "150", "-0"])
def test_a_number_is_signed_exactly_as_it_was_sent(lexeme: str) -> None:
    text = f"transactionId=1&amount={lexeme}&currency=EGP"
    body = f'{{"transactionId": 1, "amount": {lexeme}, "currency": "EGP", "status": 1, "hashKey": "{sign(text, KEY)}"}}'
    assert read_event(body.encode(), "application/json").is_genuine(KEY)


def test_an_arabic_payment_method_is_signed_in_both_encodings() -> None:
    text = "InvoiceId=77&InvoiceKey=abcDEF123&PaymentMethod=فيزا -ماستر كارد"
    fields = {"invoice_id": "77", "invoice_key": "abcDEF123", "payment_method": "فيزا -ماستر كارد"}
    signed = fields | {"invoice_status": "paid", "hashKey": sign(text, KEY)}
    assert as_json({**signed}).is_genuine(KEY)
    assert as_form(signed).is_genuine(KEY)


@pytest.mark.parametrize("pay_load", [{"payment_id": "p-1"}, '{"payment_id": "p-1"}'])
def test_our_pay_load_comes_back_from_an_object_and_from_json_text(pay_load: object) -> None:
    assert as_json(PAID | {"pay_load": pay_load}).pay_load == {"payment_id": "p-1"}


def test_our_pay_load_comes_back_from_a_form() -> None:
    fields = {name: str(value) for name, value in PAID.items()}
    assert as_form(fields | {"pay_load[payment_id]": "p-1"}).pay_load == {"payment_id": "p-1"}
    assert as_form(fields | {"pay_load": '{"payment_id": "p-1"}'}).pay_load == {"payment_id": "p-1"}
    assert as_form(fields | {"pay_load": ""}).pay_load is None


def test_a_forms_brackets_are_kept_as_objects() -> None:
    event = as_form({"invoice_id": "77", "customerData[customer_email]": "a@b.example", "items[][name]": "one"})
    assert event.encoding == "form"
    assert event.body["customerData"] == {"customer_email": "a@b.example"}
    assert event.body["items"] == {"0": {"name": "one"}}


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded", "; charset=utf-8"])
def test_a_body_that_begins_with_a_brace_is_json_whatever_its_type_says(content_type: str | None) -> None:
    assert read_event(json.dumps(PAID).encode(), content_type).encoding == "json"


def test_a_form_without_a_content_type_is_read_as_a_form() -> None:
    assert read_event(b"invoice_id=77&invoice_status=paid", None).encoding == "form"


def test_secrets_are_struck_out_wherever_they_stand() -> None:
    event = as_json(
        PAID
        | {
            "api_key": "s3cret",
            "customerData": {"cards": [{"customerCardToken": "s3cret"}]},
            "pay_load": '{"api_key": "s3cret", "payment_id": "p-1"}',
            "response": '{"card": {"card_token": "s3cret"}, "code": 5.50}',
            "note": '{"api_key": "s3cret"',
        }
    )
    assert "s3cret" not in json.dumps(event.body)
    assert "s3cret" not in repr(event)
    assert event.pay_load == {"api_key": "[struck out]", "payment_id": "p-1"}
    assert event.body["invoice_id"] == 77


def test_the_digest_is_that_of_the_bytes_which_came() -> None:
    one = read_event(b'{"invoice_id":1}', None).digest
    assert one != read_event(b'{"invoice_id": 1}', None).digest
    assert len(one) == 64


@pytest.mark.parametrize(
    "amount", ["1e400", "-1e999999999999999999999", '"NaN"', '"lots"', "true", "[]", "{}", '"\u0661\u0660"', "null"]
)
def test_an_amount_that_is_none_is_left_out(amount: str) -> None:
    assert read_event(f'{{"invoice_id": 1, "amount": {amount}}}'.encode(), None).amount is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{}",
        b"[]",
        b"null",
        b"42",
        b'"text"',
        b"\xff\xfe{}",
        b'{"invoice_id": NaN}',
        b'{"invoice_id": 1, "amount": Infinity}',
        b'{"invoice_id": 1, "invoice_id": 2}',
        b'{"invoice_id": 1, "pay_load": {"a": 1, "a": 2}}',
        b'{"invoice_id": "1\\u0000"}',
        b'{"invoice_id": "\\ud800"}',
        b'{"invoice_id": 1, "\\ud800": 1}',
        b'{"invoice_id": [1]}',
        b'{"invoice_id": true}',
        b'{"invoice_id": "' + b"9" * 300 + b'"}',
        b'{"invoice_id": 1, "invoice_status": "unheard of"}',
        b'{"invoice_id": 1, "status": "approved"}',
        b'{"invoice_id": 1, "deep": ' + b"[" * 100 + b"]" * 100 + b"}",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"invoice_id",
        b"invoice_id=1&invoice_id=2",
        b"invoice_id=1&invoice_id=1",
        b"invoice_id=1&invoice_id[a]=2",
        b"invoice_id[a=1",
        b"invoice_id=%00",
        b"invoice_id=%ff",
        b"invoice_id" + b"[a]" * 1_000 + b"=1",
        b"&".join(b"a%d=1" % number for number in range(600)),
    ],
)
def test_a_body_without_an_event_is_unreadable(body: bytes) -> None:
    for content_type in (None, "application/json", "application/x-www-form-urlencoded"):
        with pytest.raises(UnreadableEvent):
            read_event(body, content_type)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-7", "x\ud800"])
def test_bytes_that_are_not_utf_8_nor_of_a_known_charset_are_unreadable(charset: str) -> None:
    for body in (b"invoice_id=%ff", b"invoice_id=\xff"):
        with pytest.raises(UnreadableEvent):
            read_event(body, f"application/x-www-form-urlencoded; charset={charset}")
