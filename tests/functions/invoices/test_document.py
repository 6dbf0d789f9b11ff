import datetime as dt
import io
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Literal

import pypdf
import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.invoices import document
from functions.invoices.snapshot import CurrentStatus, InvoiceSnapshot
from tests.functions.invoices.samples import ARABIC_PARAGRAPH, UNPAID, URL, invoice, item


def pages(
    snapshot: InvoiceSnapshot | None = None, status: CurrentStatus = UNPAID, language: Literal["ar", "en"] = "ar"
) -> list[str]:
    """Extract every page's text with pdfium, which Chrome uses too."""
    content = document.render(snapshot or invoice(), status, URL, language)
    with pypdfium2.PdfDocument(content) as pdf:
        texts = [page.get_textpage().get_text_range() for page in pdf]
    return [unicodedata.normalize("NFKC", text).replace("\r\n", "\n") for text in texts]


def reader(snapshot: InvoiceSnapshot | None = None, language: Literal["ar", "en"] = "ar") -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(document.render(snapshot or invoice(), UNPAID, URL, language)))


def test_both_languages_are_read_back_in_reading_order() -> None:
    (text,) = pages()
    for words in (
        "Tax Invoice", "فاتورة ضريبية", "AltayarVIP Travel", "الطيار للسفر والسياحة", "شارع التسعين، القاهرة",
        "Zoë Müller-Şahin", "مصر", "Hilton Sharm El Sheikh", "حجز فندق هيلتون شرم الشيخ", "رقم التسجيل الضريبي",
        "INV-2026-000123", "ORD-2026-004567", "123-456-789", "98765", "www.altayarvip.com",
    ):  # fmt: skip
        assert words in text


def test_another_reader_finds_the_words_of_both_languages_too() -> None:
    text = unicodedata.normalize("NFKC", reader().pages[0].extract_text())
    for word in ("Invoice", "فاتورة", "ضريبية", "هيلتون", "الشيخ", "2,700.66", "billing@altayarvip.com"):
        assert word in text


def test_addresses_and_phone_numbers_among_arabic_words_are_read_back_whole() -> None:
    notes = "للاستفسار اتصل على +20 111 222 3334 أو راسل help@altayarvip.com خلال 14 يومًا (من الأحد)."
    snapshot = invoice(notes_ar=notes)
    (text,) = pages(snapshot)
    assert "+20 111 222 3334" in text
    assert "help@altayarvip.com" in text
    assert "(من الأحد)" in text
    assert "help@altayarvip.com" in reader(snapshot).pages[0].extract_text()


def test_a_long_arabic_paragraph_stands_from_top_to_bottom() -> None:
    (text,) = pages(invoice(lines=[item(description_ar=ARABIC_PARAGRAPH)]))
    assert ARABIC_PARAGRAPH in " ".join(text.split())


def test_letters_with_their_marks_are_read_back() -> None:
    (text,) = pages(invoice(notes_ar="مُحَمَّدٌ لله الإجمالي"))
    assert unicodedata.normalize("NFKC", "مُحَمَّدٌ لله الإجمالي") in text


def test_the_totals_stand_in_both_languages() -> None:
    status = CurrentStatus(payment_status="PARTIALLY_PAID", order_status="ISSUED", amount_paid=Decimal("1000.00"))
    (text,) = pages(status=status)
    for words in (
        "Subtotal EGP 2,469.00", "Discount -EGP 100.00", "Tax (14%) EGP 331.66", "Total EGP 2,700.66",
        "Amount paid EGP 1,000.00", "Balance due EGP 1,700.66", "ج.م.", "المبلغ المستحق", "الضريبة (14%)",
    ):  # fmt: skip
        assert words in text
    assert text.count("1,700.66") == 2


def test_without_a_discount_there_is_no_line_for_it() -> None:
    (text,) = pages(invoice(discount_amount=Decimal("0.00")))
    assert "Discount" not in text
    assert "الخصم" not in text


@pytest.mark.parametrize(
    ("currency", "amount", "shown"),
    [
        ("KWD", "1234.500", "KWD 1,234.500"),
        ("IQD", "1234.500", "IQD 1,234.500"),
        ("USD", "99999999999.99", "USD 99,999,999,999.99"),
        ("JPY", "1234", "JPY 1,234"),
    ],
)
def test_amounts_show_the_decimals_that_they_carry(currency: str, amount: str, shown: str) -> None:
    (text,) = pages(invoice(currency=currency, total_amount=Decimal(amount)))
    assert f"\nTotal {shown}" in text


@pytest.mark.parametrize(
    ("payment", "order", "marks"),
    [
        ("UNPAID", "ISSUED", ("UNPAID", "غير مدفوعة")),
        ("PARTIALLY_PAID", "ISSUED", ("PARTLY PAID", "مدفوعة جزئيًا")),
        ("PAID", "PAID", ("PAID", "مدفوعة")),
        ("UNPAID", "CANCELLED", ("CANCELLED", "ملغاة")),
        ("REFUNDED", "REFUNDED", ("REFUNDED", "مستردة")),
        ("REFUNDED", "CANCELLED", ("REFUNDED", "مستردة")),
    ],
)
def test_the_mark_says_where_the_invoice_stands(payment: str, order: str, marks: tuple[str, str]) -> None:
    status = CurrentStatus.model_validate({"payment_status": payment, "order_status": order, "amount_paid": Decimal(0)})
    (text,) = pages(status=status)
    assert re.search(rf"^Tax Invoice {marks[0]}$", text, re.MULTILINE)
    assert re.search(rf"^فاتورة ضريبية {marks[1]}$", text, re.MULTILINE)
    assert ("Balance due" in text) == (marks[0] not in ("CANCELLED", "REFUNDED"))


def test_times_are_cairos() -> None:
    (text,) = pages()
    assert "23 November 2026, 00:30" in text
    assert "6 ديسمبر 2026" in text


def test_many_lines_take_several_pages_each_with_the_tables_head_and_its_number() -> None:
    texts = pages(invoice(lines=[item(description_en=f"Room number {number}") for number in range(1, 71)]))
    assert len(texts) > 2
    for page, text in enumerate(texts, start=1):
        assert f"Page {page} / {len(texts)}" in text
        assert text.count(f"{page} / {len(texts)}") == 2
        assert "صفحة" in text
    with_lines = [text for text in texts if "Room number" in text]
    assert all("Unit price (EGP)" in text and "سعر الوحدة" in text for text in with_lines)
    shown = [int(number) for text in texts for number in re.findall(r"Room number (\d+)", text)]
    assert shown == list(range(1, 71))


def test_a_description_longer_than_a_page_goes_on_over_the_next_pages() -> None:
    sentences = " ".join(f"word{number}" for number in range(400))
    texts = pages(invoice(lines=[item(description_en=sentences, description_ar=ARABIC_PARAGRAPH * 12)]))
    assert len(texts) > 1
    shown = [int(number) for text in texts for number in re.findall(r"word(\d+)", text)]
    assert shown == list(range(400))


def test_a_line_with_one_description_shows_it_on_both_sides() -> None:
    (text,) = pages(invoice(lines=[item(description_ar="", description_en="Transfer"), item(description_en="")]))
    assert text.count("Transfer") == 2
    assert text.count("حجز فندق هيلتون شرم الشيخ") == 2


def test_what_is_missing_leaves_no_label_behind() -> None:
    snapshot = invoice(
        due_date=None,
        seller={"name_ar": "الطيار", "name_en": ""},
        buyer={"name": "أحمد", "email": "a@b.co", "phone": None, "country": None},
        notes_ar=None,
        notes_en=None,
    )
    (text,) = pages(snapshot)
    for label in ("Tax registration", "Due\n", "Phone", "Country", "Notes", "ملاحظات"):
        assert label not in text


@pytest.mark.parametrize(("country", "shown"), [("EG", ("Egypt", "مصر")), ("SA", ("Saudi Arabia", "السعودية"))])
def test_a_country_code_is_written_out_in_both_languages(country: str, shown: tuple[str, str]) -> None:
    (text,) = pages(invoice(buyer={"name": "Mona", "email": "m@example.com", "country": country}))
    assert f"Country {shown[0]}" in text
    assert shown[1] in text


def test_an_address_that_is_a_little_too_long_is_made_smaller_and_not_broken() -> None:
    address = "mona.el-sayed.ibrahim@mail.example.com"
    (text,) = pages(invoice(buyer={"name": "Mona", "email": address}))
    assert f"Email {address} {address}" in text


def test_notes_in_one_language_have_their_heading_in_it_alone() -> None:
    (text,) = pages(invoice(notes_ar="يشمل الإفطار"))
    assert "ملاحظات" in text
    assert "Notes" not in text


def test_what_looks_like_markup_is_shown_as_it_was_written() -> None:
    (text,) = pages(invoice(lines=[item(description_en="<b>bold</b> &amp; done")]))
    assert "<b>bold</b> &amp; done" in text


@pytest.mark.parametrize(("language", "title"), [("ar", "فاتورة ضريبية"), ("en", "Tax Invoice")])
def test_the_document_says_what_it_is_in_the_buyers_language(language: Literal["ar", "en"], title: str) -> None:
    pdf = reader(language=language)
    metadata = pdf.metadata
    assert metadata is not None
    assert metadata.title == f"{title} INV-2026-000123"
    assert metadata.author == ("الطيار للسفر والسياحة" if language == "ar" else "AltayarVIP Travel")
    assert metadata.subject == "ORD-2026-004567"
    assert metadata.creator == "AltayarVIP"
    assert metadata.creation_date == dt.datetime(2026, 11, 22, 22, 30, tzinfo=dt.UTC)
    assert str(pdf.root_object["/Lang"]) == language


def test_the_same_data_gives_the_same_bytes_in_eight_threads_at_once() -> None:
    snapshots = [invoice(lines=[item(description_ar=f"غرفة {n} مطلة على البحر")] * (n + 1)) for n in range(8)]
    alone = [document.render(snapshot, UNPAID, URL, "ar") for snapshot in snapshots]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda snapshot: document.render(snapshot, UNPAID, URL, "ar"), snapshots * 4))
    assert together == alone * 4


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(st.text(max_size=80), min_size=12, max_size=12))
def test_no_text_of_any_kind_stops_an_invoice(texts: list[str]) -> None:
    snapshot = invoice(
        invoice_number=texts[0],
        order_number=texts[1],
        seller={"name_ar": texts[2], "name_en": texts[3], "address_ar": texts[4], "phone": texts[5]},
        buyer={"name": texts[6], "email": texts[7]},
        lines=[item(description_ar=texts[8], description_en=texts[9])],
        notes_ar=texts[10],
        notes_en=texts[11],
    )
    assert len(reader(snapshot).pages) >= 1
