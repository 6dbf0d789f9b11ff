"""Log lines: one JSON object each, in Cloud Logging's fields."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from lib import logs

log = logs.get("tests.logs")


@pytest.fixture
def written() -> Iterator[io.TextIOWrapper]:
    """The output to a stream that only accepts UTF-8, like standard output."""
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8", errors="strict", write_through=True)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs._JsonLines())
    logging.getLogger("tests.logs").addHandler(handler)
    logs.clear()
    yield stream
    logs.clear()
    logging.getLogger("tests.logs").removeHandler(handler)


def last(stream: io.TextIOWrapper) -> dict[str, object]:
    line: dict[str, object] = json.loads(stream.buffer.getvalue().splitlines()[-1])  # type: ignore[attr-defined] # a BytesIO
    return line


def test_a_line_has_its_severity_time_message_and_fields(written: io.TextIOWrapper) -> None:
    logs.bind(request_id="app-1")
    log.warning("the hash does not hold", invoice_id=42, email="mona@example.com")

    line = last(written)

    assert {**line, "time": ""} == {
        "severity": "WARNING",
        "time": "",
        "message": "the hash does not hold",
        "logger": "tests.logs",
        "request_id": "app-1",
        "invoice_id": 42,
        "email": "m***@example.com",
    }
    assert str(line["time"]).endswith("+00:00")


@pytest.mark.parametrize("text", ["\ud800", "a\nb", '"', "\u0645\u0646\u0649", "\x00", "\u2028"])
def test_any_text_is_one_line_of_json(written: io.TextIOWrapper, text: str) -> None:
    log.warning(text, detail=text)

    assert (last(written)["message"], last(written)["detail"]) == (text, text)


@pytest.mark.parametrize(
    "text",
    [
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "PAY-2026-000045",
        "2026-01-01T00:00:00+00:00",
        "took 1234567890123 ns",
        "total 342.00 EGP",
        "203.0.113.9",
    ],
)
def test_what_is_nobody_s_secret_stays_readable(text: str) -> None:
    assert logs.masked(text) == text


def test_a_long_text_is_masked_in_little_steps() -> None:
    assert logs.masked("a" * 200_000) == "a" * 200_000


@pytest.mark.parametrize(
    "text",
    [
        "GET /invoices/verify/{token} 200",
        "GET /Invoices/Verify//{token}/ 404",
        "GET /x/verify%2F{token} 404",
        "https://api.example.com/payment/success?token={token}&lang=ar",
        "https://api.example.com/payment/fail?lang=ar&token={token}?status=failed",
        "https://api.example.com/payment/pending?token%3D{token}",
        "GET /payment/success/{token} 404",
        "HTTPConnectionPool: /payment/success?TOKEN={token} (Caused by ...)",
    ],
)
def test_no_line_has_the_token_of_a_page(written: io.TextIOWrapper, text: str) -> None:
    token = "Zx-81_" + "aB3-" * 6
    log.warning(text.format(token=token), address=text.format(token=token))
    said = json.dumps(last(written))
    assert token not in said
    assert token[:6] not in said
    assert "***token***" in said


@pytest.mark.parametrize("text", ["POST /api/payments/fawaterk/webhook 200", "GET /payment/success 200", "a token is old"])
def test_a_line_without_such_a_token_stays_as_it_is(written: io.TextIOWrapper, text: str) -> None:
    log.warning(text)
    assert last(written)["message"] == text
