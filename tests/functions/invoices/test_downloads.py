"""What is drawn, where, and how often; without HTTP and a database."""

import uuid
from typing import Any

import pytest

from functions.invoices import downloads, queries, rendering
from functions.invoices.keeping import File, Kept
from lib.errors import Busy
from lib.security.callers import Caller
from tests.functions.invoices.samples import item, source

DRAWN_HERE = rendering.drawn
ORDER, CALLER = uuid.uuid4(), Caller(uuid.uuid4(), uuid.uuid4(), "CUSTOMER")


class Stored:
    """The invoice that the database holds now, and how often it was drawn in this process."""

    def __init__(self) -> None:
        self.invoice = source()
        self.drawn = 0

    def draw(self, invoice: dict[str, Any]) -> bytes:
        self.drawn += 1
        return DRAWN_HERE(invoice)


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Stored:
    """An instance that has drawn nothing yet."""
    one = Stored()
    monkeypatch.setattr(queries, "invoice", lambda _caller, _order_id: one.invoice)
    monkeypatch.setattr(rendering, "drawn", one.draw)
    monkeypatch.setattr(downloads, "_KEPT", Kept(most_bytes=1_000_000))
    return one


def large() -> bytes:
    return source(lines=[item(description_en="Sea view " * 200) for _ in range(10)])


def test_an_unchanged_invoice_is_drawn_once(stored: Stored) -> None:
    first, again = downloads.pdf(CALLER, ORDER), downloads.pdf(CALLER, ORDER)
    assert first == again
    assert first.headers["Content-Disposition"] == 'attachment; filename="INV-2026-000123.pdf"'
    assert downloads.pdf_in_base64(CALLER, ORDER)["filename"] == "INV-2026-000123.pdf"
    assert stored.drawn == 1


def test_an_invoice_that_was_paid_is_another_document(stored: Stored) -> None:
    unpaid = downloads.pdf(CALLER, ORDER).body
    stored.invoice = source("PAID")
    paid = downloads.pdf(CALLER, ORDER).body
    assert paid != unpaid
    assert stored.drawn == 2


def test_a_large_invoice_is_drawn_by_another_process_as_it_would_be_here(stored: Stored) -> None:
    stored.invoice = large()
    apart = downloads.pdf(CALLER, ORDER).body
    assert stored.drawn == 0
    assert apart == DRAWN_HERE(rendering.parsed(large()))


def test_a_third_large_invoice_at_once_is_refused_and_a_small_one_is_not(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = []

    def draw(_invoice: bytes) -> bytes:
        if stored.invoice == large():
            stored.invoice = source(lines=[item(description_en="Land view " * 200) for _ in range(10)])
            return bytes(downloads.pdf(CALLER, ORDER).body)
        stored.invoice = source(lines=[item(description_en="Nile view " * 200) for _ in range(10)])
        with pytest.raises(Busy) as raised:
            downloads.pdf(CALLER, ORDER)
        refused.append(raised.value)
        stored.invoice = source()
        return downloads.pdf(CALLER, ORDER).body

    monkeypatch.setattr(rendering, "drawn_apart", draw)
    stored.invoice = large()
    assert downloads.pdf(CALLER, ORDER).body.startswith(b"%PDF-")
    assert len(refused) == 1


def test_many_lines_make_an_invoice_large_and_many_items_alone_do_not() -> None:
    assert not rendering.is_large(rendering.parsed(source(lines=[item(description_en="Night")] * 150)))
    assert rendering.is_large(rendering.parsed(source(lines=[item(description_en="x" + "\n" * 998 + "x")])))


def test_what_was_asked_for_least_lately_goes_once_there_is_too_much() -> None:
    kept = Kept(most_bytes=10)
    for name in (b"a", b"b"):
        kept.keep(name, File("", name * 5))
    assert kept.find(b"a") == File("", b"aaaaa")
    kept.keep(b"c", File("", b"c"))
    assert kept.find(b"b") is None
    assert (kept.find(b"a"), kept.find(b"c")) == (File("", b"aaaaa"), File("", b"c"))


def test_what_is_larger_than_all_may_be_is_not_kept_and_drives_nothing_out() -> None:
    kept = Kept(most_bytes=10)
    kept.keep(b"a", File("", b"a" * 10))
    kept.keep(b"b", File("", b"b" * 11))
    assert kept.find(b"a") is not None
    assert kept.find(b"b") is None
