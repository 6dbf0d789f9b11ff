"""Makes a PDF of drawn sheets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFDocument, PDFName, PDFPage, PDFString

from functions.invoices.drawing import PAGE_HEIGHT, PAGE_WIDTH
from functions.invoices.embedding import reference, stream

if TYPE_CHECKING:
    from datetime import datetime

    from functions.invoices.drawing import Sheet
    from functions.invoices.embedding import Typefaces


@dataclass(frozen=True)
class Properties:
    """The PDF's metadata. ``language`` is a BCP 47 tag."""

    title: str
    author: str
    subject: str
    creator: str
    language: str
    created: datetime


def pdf(sheets: list[Sheet], typefaces: Typefaces, properties: Properties) -> bytes:
    """Make a PDF 1.7 of the sheets. The same sheets and properties give the same bytes."""
    document = PDFDocument(compression=1, invariant=1, pdfVersion=(1, 7), lang=properties.language)
    document.setTitle(properties.title)
    document.setAuthor(properties.author)
    document.setSubject(properties.subject)
    document.setCreator(properties.creator)
    # Reportlab would give the present time, but the document's date is when the invoice was issued.
    document.setDateFormatter(lambda *_: f"D:{properties.created:%Y%m%d%H%M%S}Z")
    document.Catalog.ViewerPreferences = (  # type: ignore[attr-defined]  # the stubs do not know the catalog
        PDFDictionary({"DisplayDocTitle": "true"})
    )
    resources = reference(document, typefaces.resources(document))
    for sheet in sheets:
        page = PDFPage()
        page.MediaBox = PDFArray([0, 0, PAGE_WIDTH, PAGE_HEIGHT])
        page.Resources = resources
        page.Contents = stream(sheet.content.encode("ascii"))
        page.Annots = PDFArray([_annotation(area, url) for area, url in sheet.links])
        document.addPage(page)
    return document.GetPDFData(None)


def _annotation(area: tuple[float, float, float, float], url: str) -> PDFDictionary:
    return PDFDictionary(
        {
            "Type": PDFName("Annot"),
            "Subtype": PDFName("Link"),
            "Rect": PDFArray([round(edge, 2) for edge in area]),
            "Border": PDFArray([0, 0, 0]),
            "A": PDFDictionary({"S": PDFName("URI"), "URI": PDFString(url)}),
        }
    )
