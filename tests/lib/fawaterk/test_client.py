import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from lib.fawaterk.client import Fawaterk
from lib.fawaterk.errors import GatewayError, GatewayNonsense, GatewayRefused, GatewayUnavailable, InvoiceUnknown
from lib.fawaterk.models import Customer, InvoiceRequest, Received, ReturnUrls
from lib.fawaterk.refunds import RefundOrder

RECORDED = {row["name"]: row["payload"] for row in json.loads(Path("tests/fixtures/fawaterk/payloads.json").read_text())}
API_KEY = "s3cret-api-key"
REQUEST = InvoiceRequest(
    payment_method_id=2,
    amount=Decimal("1140.00"),
    currency="EGP",
    invoice_number="PAY-2026-000045",
    customer=Customer(
        first_name="Mona", last_name="Ali", email="m@example.com", phone="+201001234567", unique_id="user-1"
    ),
    item_name="ORD-2026-000123",
    urls=ReturnUrls(
        success="https://a.example/s", fail="https://a.example/f", pending="https://a.example/p", webhook="https://a.example/w"
    ),
    pay_load={"payment_id": "p-1"},
    lang="ar",
)  # fmt: skip
REFUND = RefundOrder(kind="INVOICE", refundable_id="1000430", amount=Decimal("42.50"), comment="RFD-2026-000001: called off")
LISTED: dict[str, object] = {
    "id": 828,
    "refundable_type": "Invoice",
    "refundable_amount": 42.5,
    "status": "approved",
    "refundable_id": 7,
    "reason": "Other",
    "created_at": "2026-06-01 09:00:00",
    "can_delete": False,
}

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def gateway(answer: Answer, timeout: float = 5) -> Iterator[Callable[[str], Any]]:
    """Run a real server with the same response for every call; give a function that calls a method of the client."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_POST = do_GET  # noqa: N815 - http.server's own names

        def log_message(self, *_: object) -> None:
            """Keep the test's output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    client = Fawaterk(f"http://127.0.0.1:{server.server_port}/api/v2/", API_KEY)
    calls: dict[str, Callable[[], object]] = {
        "payment_methods": lambda: client.payment_methods(timeout),
        "open_invoice": lambda: client.open_invoice(REQUEST, timeout),
        "invoice": lambda: client.invoice("1000430", timeout),
        "refund": lambda: client.request_refund(REFUND, timeout),
        "refunds": lambda: client.listed_refunds(2, timeout),
        "refund_state": lambda: client.refund_state("828", timeout),
        "withdraw": lambda: client.withdraw_refund("828", timeout),
    }
    try:
        yield lambda name: calls[name]()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def telling(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    return answer


def success(data: object) -> Answer:
    return telling({"status": "success", "data": data})


def an_invoice(**fields: object) -> Answer:
    return success({"invoice_id": 1000430, "invoice_key": "k", "paid": 1, "total": "100.00", "currency": "EGP"} | fields)


def test_the_recorded_payment_methods_are_read() -> None:
    with gateway(telling(RECORDED["getPaymentmethods.response"])) as call:
        methods = call("payment_methods")
    assert [(one.payment_method_id, one.name_en, one.redirect) for one in methods] == [
        (2, "Visa-Mastercard", True),
        (3, "Fawry", False),
        (4, "MobileWallets", False),
    ]


def test_every_call_carries_the_key_and_the_content_type() -> None:
    seen: list[tuple[str, str | None, str | None]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        seen.append((handler.command, handler.headers["Authorization"], handler.headers["Content-Type"]))
        telling({"status": "success", "data": []})(handler)

    with gateway(answer) as call:
        call("payment_methods")
        with pytest.raises(GatewayNonsense):
            call("open_invoice")
    assert seen == [(verb, f"Bearer {API_KEY}", "application/json") for verb in ("GET", "POST")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("invoiceInitPay.response.card", {"invoice_id": "1068749", "payment_url": "https://staging.fawaterk.com/lk/44971", "reference": None}),  # noqa: E501 - one row, one answer
        ("invoiceInitPay.response.fawry", {"fawry_code": "777100063", "reference": "777100063", "expires_at": datetime(2025, 8, 22, 15, 8, 2, tzinfo=UTC)}),  # noqa: E501 - one row, one answer
        ("invoiceInitPay.response.wallet", {"reference": "403181", "payment_url": None, "fawry_code": None}),
        ("createTransaction.response.hosted", {"invoice_id": "550e8400-e29b-41d4-a716-446655440000", "payment_url": "https://app.fawaterk.com/ts/a1b2c"}),
        ("createTransaction.response.fawry", {"reference": "981335305", "expires_at": datetime(2021, 7, 6, 13, 53, 41, tzinfo=UTC)}),  # noqa: E501 - one row, one answer
        ("createTransaction.response.wallet", {"reference": "4266311", "qr_code": "00020101021226330016A00000073210000101096100559795204152053038185406106"}),  # noqa: E501 - one row, one answer
    ],
)  # fmt: skip
def test_a_recorded_way_to_pay_is_read(name: str, expected: dict[str, object]) -> None:
    with gateway(telling(RECORDED[name])) as call:
        opened = call("open_invoice")
    assert {field: getattr(opened, field) for field in expected} == expected


LINK = {"redirectTo": "https://a.example/pay"}
CODE = {"fawryCode": "712345678"}


@pytest.mark.parametrize("name", ["redirectTo", "url", "redirectUrl", "redirect_url", "iframeURL"])
def test_a_page_to_pay_at_is_found_under_each_of_its_names(name: str) -> None:
    page = {name: "https://a.example/pay"}
    for fields in ({"payment_data": page}, {"payment_data": [], **page}, {"payment_data": {"redirectTo": ""}, **page}):
        with gateway(success({"invoice_id": 1, "invoice_key": "k", **fields})) as call:
            assert call("open_invoice").payment_url == "https://a.example/pay"


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        ({"payment_data": {"meezaReference": 7, "meezaQrCode": "x" * 4_001}}, (None, None, None, "7")),
        ({"payment_data": {"meezaQrCode": {}, "isoQr": "0002"}}, (None, None, "0002", None)),
        ({"payment_data": {**LINK, "fawryCode": {}}}, (LINK["redirectTo"], None, None, None)),
        ({"payment_data": {**LINK, "fawryCode": "7" * 300}}, (LINK["redirectTo"], None, None, None)),
        ({"payment_data": {**CODE, "redirectTo": "/pay/7"}}, (None, "712345678", None, "712345678")),
        ({"payment_data": {**CODE, "redirectTo": "https://" + "a" * 2_000}}, (None, "712345678", None, "712345678")),
        ({"payment_data": {"fawryCode": False, "referenceNumber": "55"}}, (None, None, None, "55")),
        ({"invoice_key": None, "payment_data": LINK}, (LINK["redirectTo"], None, None, None)),
        ({"invoice_key": [], "payment_data": LINK}, (LINK["redirectTo"], None, None, None)),
        ({"payment_data": LINK, "expires_in": {}}, (LINK["redirectTo"], None, None, None)),
    ],
)
def test_a_way_to_pay_that_can_not_be_read_hides_no_other(odd: dict[str, object], expected: tuple[str | None, ...]) -> None:
    with gateway(success({"invoice_id": 1, "invoice_key": "k", **odd})) as call:
        opened = call("open_invoice")
    assert (opened.payment_url, opened.fawry_code, opened.qr_code, opened.reference) == expected
    assert (opened.invoice_id, opened.invoice_key) == ("1", odd.get("invoice_key", "k") or None)


@pytest.mark.parametrize("code", ["amanCode", "masaryCode"])
def test_a_code_to_pay_at_a_shop_is_the_reference(code: str) -> None:
    with gateway(success({"invoice_id": 1, "invoice_key": "k", "payment_data": {code: 557700}})) as call:
        assert call("open_invoice").reference == "557700"


def test_a_pages_lifetime_in_seconds_becomes_an_expiry_within_three_days() -> None:
    for name, hours in (
        ("createTransaction.response.hosted", 72),
        ("createTransaction.response.hosted.staging_observed", 2),
    ):
        with gateway(telling(RECORDED[name])) as call:
            left = call("open_invoice").expires_at - datetime.now(UTC)
        assert timedelta(hours=hours) - timedelta(minutes=1) < left <= timedelta(hours=hours)


@pytest.mark.parametrize("names", [{}, {"expireDate": "soon"}, {"expireDate": None, "expirationTime": {}}])
def test_a_pages_lifetime_is_none_of_a_code(names: dict[str, object]) -> None:
    opened = {"invoice_id": 1, "invoice_key": "k", "expires_in": 7200, "payment_data": {"fawryCode": "712345678"} | names}
    with gateway(success(opened)) as call:
        assert call("open_invoice").expires_at is None


def test_a_code_ends_at_the_latest_time_that_is_named() -> None:
    staging = RECORDED["createTransaction.response.fawry.staging_observed"]["payment_data"]
    opened = {"intent_key": "kd7rwmxqoltbv3ezsa", "expires_in": 7200, "payment_data": staging}
    with gateway(success(opened)) as call:
        assert call("open_invoice").expires_at == datetime(2026, 10, 8, 13, 42, tzinfo=UTC)
    later = opened | {"payment_data": staging | {"expirationTime": "2026-10-12"}}
    with gateway(success(later)) as call:
        assert call("open_invoice").expires_at == datetime(2026, 10, 12, 21, 0, tzinfo=UTC)


def test_a_paid_invoice_tells_what_its_marked_transaction_received() -> None:
    transactions = [
        {"status": "failed", "paidWithIt": "0", "transactionAmount": "100", "transactionCurrency": "USD"},
        {"status": "paid", "paidWithIt": 1, "amount": 100.10, "currency": "USD"},
    ]
    answer = an_invoice(total=4805, invoice_transactions=transactions, paid_at="2026-06-06 12:05:00", paid="1")
    with gateway(answer) as call:
        invoice = call("invoice")
    assert invoice.received() == Received(Decimal("100.10"), "USD")
    assert invoice.paid_at == datetime(2026, 6, 6, 9, 5, tzinfo=UTC)


ROW = {"status": "success", "paidWithIt": 1, "paidAmount": "100.00 EGP", "refrence_id": "982443480"}


@pytest.mark.parametrize(
    ("fields", "left_out"),
    [
        ({"invoice_transactions": {"1": ROW}}, 0),
        ({"invoice_transactions": [None, ROW, "x", []]}, 3),
        ({"invoice_transactions": [ROW | {"status": True, "referenceNumber": {}, "currency": []}]}, 0),
        ({"invoice_transactions": "none"}, 1),
        ({"payment_method": {"name": "Card", "logo": None}, "invoice_transactions": [ROW]}, 0),
        ({"payment_method": ["Card"], "status_text": True, "paid_at": {}, "pay_load": [1], "commission": {}}, 0),
        ({"invoice_status": "x" * 300, "payment_method": 7}, 0),
        ({"total": None, "cartTotal": "100.00"}, 0),
        ({"invoice_key": [], "transaction_id": {}, "pay_load": True}, 0),
    ],
)
def test_an_odd_field_by_which_nothing_is_decided_hides_no_money(fields: dict[str, object], left_out: int) -> None:
    with gateway(an_invoice(**fields)) as call:
        invoice = call("invoice")
    assert invoice.received() == Received(Decimal(100), "EGP")
    assert invoice.unreadable_rows == left_out


def test_the_recorded_row_of_a_transaction_is_read() -> None:
    with gateway(telling(RECORDED["getInvoiceData.response.transaction_row"])) as call:
        invoice = call("invoice")
    assert (invoice.total, invoice.status_text, invoice.pay_load) == (Decimal(100), "paid", {"order_id": "ORD-1001"})
    assert [(one.amount, one.paid_with_it, one.reference) for one in invoice.transactions] == [
        (Decimal(100), False, None),
        (Decimal(100), True, "982443480"),
    ]


def test_what_was_seen_of_an_invoice_is_kept_for_a_person_without_secrets() -> None:
    with gateway(an_invoice(total={"much": "100"}, paymentToken="s3cret")) as call:
        invoice = call("invoice")
    assert invoice.received() is None
    assert '"total": {"much": "100"}' in invoice.seen
    assert "s3cret" not in invoice.seen


def test_what_was_seen_of_nonsense_is_kept_for_a_person_without_secrets() -> None:
    body = f'{{"status": "success", "data": {{"paid": "perhaps", "api_key": "{API_KEY}", "cardToken": "4711"}}}}'
    with gateway(telling(body.encode())) as call, pytest.raises(GatewayNonsense) as nonsense:
        call("invoice")
    assert '"paid": "perhaps"' in nonsense.value.seen
    assert API_KEY not in nonsense.value.seen
    assert "4711" not in nonsense.value.seen


def test_a_moved_accounts_invoice_tells_the_transactions_id_once_there_is_one() -> None:
    moved = {"intent_key": "1000430", "paid": 1, "total": 5, "currency": "EGP"}
    for transaction_id, expected in ((0, ("1000430", None)), (330, ("330", "330"))):
        with gateway(success(moved | {"transaction_id": transaction_id})) as call:
            invoice = call("invoice")
        assert (invoice.invoice_id, invoice.transaction_id, invoice.invoice_key) == (*expected, "1000430")


def test_the_recorded_transaction_of_version_3_is_read() -> None:
    recorded = RECORDED["getTransactionData.response"]["data"] | {"transaction_id": 1000430}
    with gateway(success(recorded)) as call:
        invoice = call("invoice")
    assert invoice.pay_load == {"order_id": "ORD-1001"}
    assert invoice.received() == Received(Decimal(100), "EGP")
    assert (invoice.transactions[0].amount, invoice.transactions[0].currency) == (Decimal("100.00"), "EGP")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Maintenance</html>",
        b"[]",
        b"\xff\xff",
        b'{"status": "success"}',
        b'{"status": "success", "data": {"invoice_id": 1000430, "paid": "maybe"}}',
        b'{"status": "success", "data": {"invoice_id": 999, "paid": 1}}',
        b'{"status": "success", "data": {"invoice_id": 1000430, "paid": NaN}}',
        b'{"status": "success", "data": {"invoice_id": 1000430, "paid": 1, "status_text": "\\u0000"}}',
        b'{"status": "success", "data": {"invoice_id": {}, "paid": 1}}',
        b'{"status": "success", "data": {"invoice_id": 1000430, "paid": 1}}' + b" " * 1024 * 1024,
    ],
)
def test_an_answer_that_makes_no_sense_about_an_invoice_is_nonsense(body: bytes) -> None:
    with gateway(telling(body)) as call, pytest.raises(GatewayNonsense):
        call("invoice")


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"invoice_id": 1, "invoice_key": "k"},
        {"invoice_id": 1, "invoice_key": "k", "payment_data": {}},
        {"invoice_id": 1, "invoice_key": "k", "payment_data": {"redirectTo": "javascript:alert(1)"}},
        {"invoice_id": 1, "invoice_key": "k", "payment_data": {"redirectTo": 7}},
        {
            "invoice_id": 1,
            "invoice_key": "k",
            "payment_data": {"redirectTo": "/pay/7", "fawryCode": {}, "isoQr": "x" * 4_001},
        },
        {"invoice_id": {}, "invoice_key": "k", "payment_data": {"redirectTo": "https://a.example"}},
        {"payment_data": {"redirectTo": "https://a.example"}},
    ],
)
def test_an_opened_invoice_that_nobody_can_pay_is_nonsense(data: object) -> None:
    with gateway(success(data)) as call, pytest.raises(GatewayNonsense):
        call("open_invoice")


@pytest.mark.parametrize("rows", ["none", [1], [{"paymentId": 2}], [{"paymentId": "x", "name_en": "Card"}]])
def test_payment_methods_of_which_none_can_be_read_are_nonsense(rows: object) -> None:
    with gateway(success(rows)) as call, pytest.raises(GatewayNonsense):
        call("payment_methods")


def test_a_payment_method_that_can_not_be_read_hides_no_other() -> None:
    rows: list[object] = [None, {"paymentId": {}}, {"paymentId": 5, "name_en": {}, "name_ar": None}, *METHODS]
    with gateway(success(rows)) as call:
        methods = call("payment_methods")
    assert [(one.payment_method_id, one.name_en, one.name_ar, one.redirect, one.logo) for one in methods] == [
        (2, "Card", "Card", True, None),
        (3, "فوري", "فوري", False, None),
        (12, "aman", "أمان", False, None),
    ]


METHODS: list[dict[str, object]] = [
    {"paymentId": "2", "name_en": "Card", "redirect": "true", "logo": {"url": "x"}},
    {"payment_method_id": 3, "name_ar": "فوري", "redirect": "false", "commission_on_customer": "1"},
    {"paymentId": 12, "name_en": "aman", "name_ar": "أمان", "redirect": None, "commission_on_customer": 2},
]


def test_methods_may_come_under_numbers_and_an_account_may_have_none() -> None:
    with gateway(success({"0": METHODS[0], "1": METHODS[1]})) as call:
        assert [one.payment_method_id for one in call("payment_methods")] == [2, 3]
    with gateway(telling(RECORDED["getTrPaymentmethods.response.empty"])) as call:
        assert call("payment_methods") == []


def test_a_method_says_who_pays_the_commission_where_it_does() -> None:
    with gateway(success(METHODS)) as call:
        assert [one.customer_pays_commission for one in call("payment_methods")] == [None, True, False]


def test_a_refund_is_asked_for_as_the_recorded_one_was() -> None:
    bodies: list[dict[str, object]] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        raw = handler.rfile.read(int(handler.headers["Content-Length"]))
        bodies.append(json.loads(raw))
        handler.rfile = BytesIO(raw)
        telling({"status": "success", "message": "Refund request created"})(handler)

    with gateway(answer) as call:
        call("refund")
    assert bodies[0].keys() == RECORDED["refund.create.request"].keys()
    asked = [bodies[0][name] for name in ("refund_type", "refund_id", "refundable_amount", "reason")]
    assert asked == ["0", 1000430, 42.5, "Other"]
    assert bodies[0]["comment"] == "RFD-2026-000001: called off"


def test_a_refund_of_a_transaction_names_its_type_and_its_number() -> None:
    order = replace(REFUND, kind="TRANSACTION", refundable_id="77", amount=Decimal("99999999999.999"), comment="x" * 300)
    wire = order.to_wire()
    assert (wire["refund_type"], wire["refund_id"], json.dumps(wire["refundable_amount"])) == ("3", 77, "99999999999.999")
    assert len(str(wire["comment"])) == 255
    assert json.dumps(replace(REFUND, amount=Decimal("50.00")).to_wire()["refundable_amount"]) == "50"


def test_the_list_of_refunds_is_read_as_it_was_recorded() -> None:
    with gateway(telling(RECORDED["refund.index.response"])) as call:
        page = call("refunds")
    assert page.refunds[0].kind in ("INVOICE", "TRANSACTION")
    assert {one.state for one in page.refunds} <= {"PENDING", "APPROVED"}
    assert (page.unreadable_rows, len(page.refunds)) == (0, len(RECORDED["refund.index.response"]["data"]))


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"status": "pending"}, "PENDING"),
        ({"status": "Approved"}, "APPROVED"),
        ({"status": 1}, "APPROVED"),
        ({"status": "rejected"}, "REJECTED"),
        ({"status": "on hold"}, "UNKNOWN"),
        ({"status": None}, "UNKNOWN"),
        ({"refundable_amount": "42.50"}, "APPROVED"),
        ({"refundable_type": "Transaction"}, "APPROVED"),
        ({"created_at": "some day"}, "APPROVED"),
    ],
)
def test_a_row_of_the_list_is_read_however_it_is_written(changes: dict[str, object], state: str) -> None:
    with gateway(telling({"data": [LISTED | changes]})) as call:
        (row,) = call("refunds").refunds
    assert (row.gateway_id, row.refundable_id, row.amount, row.state) == ("828", "7", Decimal("42.5"), state)


@pytest.mark.parametrize(
    "changes", [{"id": None}, {"refundable_id": {}}, {"refundable_amount": "lots"}, {"refundable_type": "Gift"}]
)
def test_a_row_of_the_list_that_can_not_be_read_is_counted_and_hides_no_other(changes: dict[str, object]) -> None:
    with gateway(telling({"data": [LISTED | changes, None, LISTED]})) as call:
        page = call("refunds")
    assert (len(page.refunds), page.unreadable_rows) == (1, 2)


@pytest.mark.parametrize("body", [b"null", b"{}"])
def test_a_refund_that_the_gateway_does_not_have_is_gone(body: bytes) -> None:
    with gateway(telling(body)) as call:
        assert call("refund_state") == ("GONE", "")


@pytest.mark.parametrize(
    "message", ["Refund not found", "No query results for model [App\\Models\\RefundRequest] 828", "Not Found"]
)
def test_a_refund_of_which_the_gateway_says_that_there_is_none_is_gone(message: str) -> None:
    with gateway(telling({"message": message}, 404)) as call:
        assert call("refund_state") == ("GONE", "")


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (404, ""),
        (404, "The route api/v2/refund/details could not be found."),
        (404, {"refund_id": ["Refund not found"], "token": ["Token not found"]}),
        (400, "Refund not found"),
        (404, {}),
    ],
)
def test_a_refusal_to_tell_of_a_refund_does_not_make_it_gone(status: int, message: object) -> None:
    with gateway(telling({"message": message}, status)) as call, pytest.raises(GatewayRefused):
        call("refund_state")


def test_one_refund_is_told_by_itself() -> None:
    with gateway(telling(RECORDED["refund.details.response"])) as call:
        assert call("refund_state") == ("APPROVED", "approved")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data": {}}', b"null"])
def test_what_is_no_list_of_refunds_is_nonsense(body: bytes) -> None:
    with gateway(telling(body)) as call, pytest.raises(GatewayNonsense):
        call("refunds")


def test_a_request_is_withdrawn_by_its_own_number() -> None:
    with gateway(telling(RECORDED["refund.delete.response"])) as call:
        call("withdraw")
    with (
        gateway(telling({"status": "error", "message": "Refund not found"}, 400)) as call,
        pytest.raises(GatewayRefused),
    ):
        call("withdraw")


@pytest.mark.parametrize("body", [b"", b"<html>", b"{}", b'{"data": {}}', b'{"status": "pending", "data": {}}', b"[]"])
def test_whatever_is_no_plain_yes_leaves_a_refund_s_outcome_open(body: bytes) -> None:
    with gateway(telling(body)) as call, pytest.raises(GatewayNonsense):
        call("refund")


@pytest.mark.parametrize("status", [200, 400, 422])
def test_a_refund_that_the_gateway_refuses_gives_its_reasons(status: int) -> None:
    refusal = {"status": "error", "message": {"refundable_amount": ["too much"]}}
    with gateway(telling(refusal, status)) as call, pytest.raises(GatewayRefused) as refused:
        call("refund")
    assert refused.value.messages == {"refundable_amount": ["too much"]}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_an_overloaded_or_broken_gateway_is_unavailable(status: int) -> None:
    with gateway(telling(b"<html>", status)) as call, pytest.raises(GatewayUnavailable):
        call("open_invoice")


def test_a_redirect_is_not_followed() -> None:
    paths: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        paths.append(handler.path)
        telling(b"", 302, {"Location": "/elsewhere"})(handler)

    with gateway(answer) as call, pytest.raises(GatewayNonsense):
        call("payment_methods")
    assert paths == ["/api/v2/getPaymentmethods"]


def test_a_broken_gateway_is_asked_once() -> None:
    calls: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        calls.append(handler.path)
        handler.connection.close()

    with gateway(answer) as call, pytest.raises(GatewayUnavailable):
        call("payment_methods")
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("name", "status", "messages"),
    [
        ("error.422.cart_total", 422, {"cartTotal": ["Your cart total doesn't match the items total."]}),
        ("error.422.minimum", 422, {"cartTotal": ["Amount must be bigger than 5 EGP"]}),
        ("error.400.token_missing", 400, {"token": ["Token Is Missing"]}),
        ("error.400.token_invalid", 401, {"token": ["Invalid Token or inactive vendor."]}),
        ("error.400.content_type", 400, {"content-type": ["The content-type field is required."]}),
    ],
)
def test_a_recorded_refusal_gives_its_reasons(name: str, status: int, messages: dict[str, list[str]]) -> None:
    for method in ("open_invoice", "payment_methods"):
        with gateway(telling(RECORDED[name], status)) as call, pytest.raises(GatewayRefused) as refusal:
            call(method)
        assert (refusal.value.status, refusal.value.messages) == (status, messages)


def test_a_refusal_in_words_is_kept_under_message() -> None:
    words = {"status": "error", "message": "you are not allow to use this payment method"}
    with gateway(telling(words, 422)) as call, pytest.raises(GatewayRefused) as refusal:
        call("open_invoice")
    assert refusal.value.messages == {"message": ["you are not allow to use this payment method"]}


def test_a_refusal_that_is_html_is_nonsense() -> None:
    with gateway(telling(b"<html>405</html>", 405)) as call, pytest.raises(GatewayNonsense):
        call("open_invoice")


@pytest.mark.parametrize("status", [200, 400, 404, 422])
@pytest.mark.parametrize(
    "message",
    [
        {"invoice_id": ["The selected invoice id is invalid."]},
        {"invoice_id": "The selected invoice_id is invalid."},
        RECORDED["error.422.intent_unknown"]["message"],
        "Invoice not found",
        "The invoice does not exist.",
        "No query results for model [App\\Models\\Invoice] 1000430",
    ],
)
def test_an_invoice_of_which_the_gateway_says_that_there_is_none_is_unknown(status: int, message: object) -> None:
    with gateway(telling({"status": "error", "message": message}, status)) as call, pytest.raises(InvoiceUnknown):
        call("invoice")


@pytest.mark.parametrize("status", [200, 400, 404, 422])
@pytest.mark.parametrize(
    "message",
    [
        RECORDED["error.400.token_missing"]["message"],
        RECORDED["error.400.token_invalid"]["message"],
        RECORDED["error.400.content_type"]["message"],
        RECORDED["error.422.request_shape"]["message"],
        {"invoice_id": ["The invoice id must be an integer."]},
        {"vendor": ["The selected vendor id is invalid."]},
        {"invoice_id": ["The selected invoice id is invalid."], "token": ["Token Is Missing"]},
        {"message": []},
        "Vendor not found",
        "The invoice was not found for this vendor's token",
        "The route api/v2/getInvoiceData/1000430 could not be found.",
        "Not Found",
        "unknown error while reading the invoice",
        "you are not allow to use this payment method",
    ],
)
def test_a_refusal_about_anything_else_makes_no_invoice_unknown(status: int, message: object) -> None:
    with gateway(telling({"status": "error", "message": message}, status)) as call, pytest.raises(GatewayRefused) as refusal:
        call("invoice")
    assert not isinstance(refusal.value, InvoiceUnknown)


@pytest.mark.parametrize("status", [401, 403, 405])
def test_a_status_about_the_call_makes_no_invoice_unknown(status: int) -> None:
    refused = {"status": "error", "message": "Invoice not found"}
    with gateway(telling(refused, status)) as call, pytest.raises(GatewayRefused) as refusal:
        call("invoice")
    assert not isinstance(refusal.value, InvoiceUnknown)


def test_the_key_stands_in_no_error() -> None:
    echo = {"status": "error", "message": {"token": [f"Bearer {API_KEY} is wrong"]}}
    with gateway(telling(echo, 400)) as call, pytest.raises(GatewayRefused) as refusal:
        call("open_invoice")
    assert API_KEY not in str(refusal.value)
    with pytest.raises(GatewayError) as unusable:
        Fawaterk("http://127.0.0.1:1", f"\n{API_KEY}").payment_methods(1)
    assert API_KEY not in str(unusable.value)


def test_a_gateway_that_nobody_runs_is_unavailable() -> None:
    with pytest.raises(GatewayUnavailable):
        Fawaterk("http://127.0.0.1:1/api/v2", API_KEY).payment_methods(5)


@pytest.mark.parametrize("said_before_dripping", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_gateway_that_drips_is_given_up_at_the_deadline(said_before_dripping: bytes) -> None:
    given_up = Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(said_before_dripping)
        while not given_up.wait(0.02):
            handler.wfile.write(b"x")

    with gateway(drip, timeout=0.3) as call:
        try:
            with pytest.raises(GatewayUnavailable):
                call("payment_methods")
        finally:
            given_up.set()


def answer_kept_open(handler: BaseHTTPRequestHandler) -> None:
    """Answer a call, and keep the connection for the next one."""
    handler.protocol_version = "HTTP/1.1"
    handler.close_connection = False
    length = int(handler.headers.get("Content-Length") or 0)
    handler.rfile.read(length)
    body = b'{"status": "success", "data": []}'
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def test_looks_share_a_connection_and_a_refund_has_a_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that died unnoticed would leave open whether a refund was made; a look is simply taken again."""
    connections: list[int] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        connections.append(handler.client_address[1])
        answer_kept_open(handler)

    with gateway(answer) as call:
        for name in ("payment_methods", "payment_methods", "refund", "refund", "payment_methods"):
            call(name)
        monkeypatch.setattr("lib.fawaterk.exchange.KEPT_SECONDS", -1)
        monkeypatch.setattr("lib.fawaterk.exchange._kept._ends", 0)
        for _ in range(2):
            call("payment_methods")
    looks = {connections[0], connections[1], connections[4]}
    assert len(looks) == 1
    assert len(looks | set(connections[2:4])) == 3
    assert len(looks | set(connections[5:])) == 3


def test_a_kept_connection_that_the_gateway_closed_is_replaced() -> None:
    closed = Event()

    def answer(handler: BaseHTTPRequestHandler) -> None:
        answer_kept_open(handler)
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    with gateway(answer) as call:
        for _ in range(3):
            assert call("payment_methods") == []
            assert closed.wait(5)
            closed.clear()
