"""Draws on A4 sheets and makes a PDF of them. Lengths are in points, and the origin is at the lower left."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal, NamedTuple

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFPage,
    PDFStream,
    PDFString,
    PDFZCompress,
)

from functions.invoices import arabic
from functions.invoices.embedding import EmbeddedFace, reference
from functions.invoices.faces import Weight

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from functions.invoices.faces import Face

PAGE_WIDTH, PAGE_HEIGHT = 595.28, 841.89  # A4
Align = Literal["left", "right", "center"]


class Colour(NamedTuple):
    """Red, green and blue, each from 0 to 1."""

    red: float
    green: float
    blue: float


@dataclass(frozen=True)
class Style:
    """How a text looks; ``leading`` is the distance from one baseline to the next."""

    size: float
    leading: float
    colour: Colour
    weight: Weight = Weight.REGULAR


class Typefaces:
    """The faces that one document uses so far."""

    def __init__(self) -> None:
        """Begin with none. A face is embedded when its first glyph is drawn."""
        self._embedded: dict[str, EmbeddedFace] = {}

    def embedded(self, face: Face) -> EmbeddedFace:
        """Give the face as it is embedded in this document."""
        if face.name not in self._embedded:
            self._embedded[face.name] = EmbeddedFace(face, f"A{len(self._embedded)}")
        return self._embedded[face.name]

    def resources(self, document: PDFDocument) -> PDFDictionary:
        """Write every face into the document, and give the dictionary that its pages share."""
        return PDFDictionary({face.resource: face.add_to(document) for face in self._embedded.values()})


class Sheet:
    """One page while it is being drawn.

    Its Arabic lines are written after all others. PDF readers put texts beside each other into one line and order it as a
    whole. So they would extract an Arabic column beside an English one with its words reversed, and an e-mail address among
    Arabic words with its parts reversed.
    """

    def __init__(self, typefaces: Typefaces) -> None:
        """Begin an empty page of a document that uses these typefaces."""
        self._typefaces = typefaces
        self._shapes: list[str] = []
        self._left_to_right: list[str] = []
        self._right_to_left: list[str] = []
        self.links: list[tuple[tuple[float, float, float, float], str]] = []

    @property
    def content(self) -> str:
        """The page's content stream, with the shapes under the text."""
        return "\n".join([*self._shapes, *self._left_to_right, *self._right_to_left])

    def text(self, x: float, baseline: float, line: str, direction: arabic.Direction, *, style: Style, align: Align) -> None:
        """Draw one line whose left end, right end or middle is at ``x``."""
        glyphs = arabic.shaped(line, direction, style.weight)
        length = sum(glyph.advance for glyph in glyphs) * style.size / 1000
        left = x - {"left": 0.0, "right": length, "center": length / 2}[align]
        for apart, part in groupby(glyphs, key=lambda glyph: glyph.apart):
            run = tuple(part)
            layer = self._right_to_left if direction == "rtl" and not apart else self._left_to_right
            layer.append(f"BT {_colour(style.colour)} rg")
            layer.extend(self._shown(run, left, baseline, style.size))
            layer.append("ET")
            outlines = list(_outlines(run, left, baseline, style.size))
            self._shapes.extend([f"{_colour(style.colour)} rg", *outlines] if outlines else [])
            left += sum(glyph.advance for glyph in run) * style.size / 1000

    def rectangle(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle whose lower left corner is at ``x``, ``y``."""
        self._shapes.append(f"{_colour(colour)} rg {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f")

    def pill(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a bar with round ends. It is a thick line with round caps, so it needs no curves."""
        middle, radius = y + height / 2, height / 2
        self._shapes.append(
            f"q {_colour(colour)} RG 1 J {height:.2f} w "
            f"{x + radius:.2f} {middle:.2f} m {x + width - radius:.2f} {middle:.2f} l S Q"
        )

    def rule(self, x: float, y: float, width: float, thickness: float, colour: Colour) -> None:
        """Draw a horizontal line from ``x`` to the right."""
        self.rectangle(x, y - thickness / 2, width, thickness, colour)

    def link(self, x: float, y: float, width: float, height: float, url: str) -> None:
        """Make a rectangle a link to a web address."""
        self.links.append(((x, y, x + width, y + height), url))

    def qr_code(self, x: float, y: float, side: float, content: str, colour: Colour) -> None:
        """Draw a QR code (error correction M) of ``side`` points. The caller leaves the quiet zone around it."""
        code = QRCode(None, QRErrorCorrectLevel.M)
        code.addData(content)
        code.make()
        module = side / len(code.modules)
        cells = (
            f"{x + column * module:.3f} {y + side - (row + 1) * module:.3f} {length * module:.3f} {module:.3f} re"
            for row, cells_of_row in enumerate(code.modules)
            for column, length in _dark_stretches([bool(cell) for cell in cells_of_row])
        )
        self._shapes.append(f"{_colour(colour)} rg {' '.join(cells)} f")

    def _shown(self, glyphs: tuple[arabic.Glyph, ...], left: float, baseline: float, size: float) -> Iterator[str]:
        """Show the glyphs that carry text, face by face."""
        placed = _placed(glyphs)
        if placed:
            yield f"1 0 0 1 {left + placed[0][1] * size / 1000:.2f} {baseline:.2f} Tm"
        for face, run in groupby(placed, key=lambda placing: placing[0].face):
            embedded = self._typefaces.embedded(face)
            shown = "".join(
                # A glyph's width can't be negative, so a step back to the next glyph is written as a number of its own.
                f"{embedded.code(glyph, max(distance, 0)):04X}" + (f">{-distance}<" if distance < 0 else "")
                for glyph, _, distance in run
            )
            yield f"/{embedded.resource} {size:g} Tf [<{shown}>] TJ"


def _placed(glyphs: tuple[arabic.Glyph, ...]) -> list[tuple[arabic.Glyph, int, int]]:
    """Give the glyphs that carry text, each with its position and the distance to the next one."""
    reached, origins = 0, []
    for glyph in glyphs:
        if glyph.text:
            origins.append((glyph, reached + glyph.x_offset))
        reached += glyph.advance
    # If no glyph carries text, there is still one end: hence not strict.
    ends = [*(origin for _, origin in origins[1:]), reached]
    return [(glyph, origin, end - origin) for (glyph, origin), end in zip(origins, ends, strict=False)]


def _outlines(glyphs: tuple[arabic.Glyph, ...], left: float, baseline: float, size: float) -> Iterator[str]:
    """Fill the outlines of glyphs that carry no text."""
    scale = size / 1000
    for glyph in glyphs:
        if not glyph.text:
            x, y = left + glyph.x_offset * scale, baseline + glyph.y_offset * scale
            yield f"q {scale:.5f} 0 0 {scale:.5f} {x:.2f} {y:.2f} cm {glyph.face.outline(glyph.index)} f Q"
        left += glyph.advance * scale


def _dark_stretches(row: list[bool]) -> Iterator[tuple[int, int]]:
    """Give start and length of every run of dark modules. Drawn as one rectangle, it shows no gaps between modules."""
    start = None
    for column, dark in enumerate([*row, False]):
        if dark and start is None:
            start = column
        if not dark and start is not None:
            yield start, column - start
            start = None


def _colour(colour: Colour) -> str:
    return f"{colour.red:.3f} {colour.green:.3f} {colour.blue:.3f}"


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
    fonts = reference(document, typefaces.resources(document))
    for sheet in sheets:
        page = PDFPage()
        page.MediaBox = PDFArray([0, 0, PAGE_WIDTH, PAGE_HEIGHT])
        page.Resources = PDFDictionary({"Font": fonts})
        page.Contents = PDFStream(content=sheet.content, filters=[PDFZCompress])
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
