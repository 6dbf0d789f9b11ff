"""What is inside an invoice's PDF beside its text: fonts, the code, links."""

import io
import re
from typing import Any

import pypdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont
from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

from functions.invoices import document, qr
from tests.functions.invoices.samples import ARABIC_PARAGRAPH, UNPAID, URL, invoice, item


def first_page(content: bytes) -> Any:
    """Give the first page as nested dictionaries. pypdf has no types for their values."""
    return pypdf.PdfReader(io.BytesIO(content)).pages[0]


def test_every_font_is_embedded_and_cut_down_to_what_is_used() -> None:
    fonts = first_page(document.render(invoice(), UNPAID, URL, "ar"))["/Resources"]["/Font"]
    assert fonts
    for reference in fonts.values():
        font = reference.get_object()
        assert re.fullmatch(r"/[A-Z]{6}\+IBMPlexSans(Arabic)?-(Regular|Bold)", font["/BaseFont"])
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        embedded = TTFont(io.BytesIO(descriptor["/FontFile2"].get_data()), lazy=True)
        assert embedded["maxp"].numGlyphs < 200


def test_ten_lines_in_two_languages_are_a_small_file() -> None:
    lines = [
        item(description_en=f"Night {n}, sea view", description_ar=f"الليلة {n} مع إطلالة على البحر") for n in range(10)
    ]
    content = document.render(invoice(lines=lines, notes_ar=ARABIC_PARAGRAPH), UNPAID, URL, "ar")
    assert len(content) <= 60 * 1024


def test_more_letters_than_one_font_has_codes_for_are_still_read_back() -> None:
    planes = [chr(point) for point in range(0x20000, 0x20000 + 70_000)]
    texts = ["".join(planes[start : start + 2_000]) for start in range(0, len(planes), 2_000)]
    content = document.render(invoice(lines=[item(description_en=text) for text in texts]), UNPAID, URL, "ar")
    with pypdfium2.PdfDocument(content) as pdf:
        text = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert {planes[0], planes[-1]} <= set(text)


def test_the_code_and_the_address_under_it_lead_to_the_verification_page() -> None:
    page = first_page(document.render(invoice(), UNPAID, URL, "ar"))
    targets = [annotation.get_object()["/A"]["/URI"] for annotation in page["/Annots"]]
    assert targets == [URL, URL]
    assert URL in page.extract_text().replace("\n", "")


@pytest.mark.parametrize("length", [1, 20, 79, 120, 300, 900])
def test_the_codes_mask_is_the_one_that_the_library_would_choose(length: int) -> None:
    address = (URL * 12)[:length]
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(address)
    code.make()
    assert qr.rows(address) == tuple(tuple(bool(module) for module in row) for row in code.modules)


def test_the_code_on_paper_is_the_addresss() -> None:
    content = document.render(invoice(), UNPAID, URL, "ar")
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(URL)
    code.make()
    size = len(code.modules)
    with pypdfium2.PdfDocument(content) as pdf:
        page = pdf[0]
        left, bottom, right, top = next(
            tuple(float(edge) for edge in annotation.get_object()["/Rect"]) for annotation in first_page(content)["/Annots"]
        )
        scale = 6
        image = page.render(scale=scale).to_pil().convert("L")
        height = page.get_height()
    module = (right - left) / size
    assert right - left == pytest.approx(top - bottom)
    for row in range(size):
        for column in range(size):
            x = (left + (column + 0.5) * module) * scale
            y = (height - top + (row + 0.5) * module) * scale
            assert (image.getpixel((int(x), int(y))) < 128) == bool(code.modules[row][column])
