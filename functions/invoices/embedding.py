"""The invoice's typefaces inside the PDF: only the used glyphs, each with the text that it stands for.

Reportlab's own TrueType support embeds characters, but a joined Arabic letter is not a character of its own. Its PDFs
look right, but the text that one copies from them is wrong. So glyphs are embedded here as a composite font (PDF 32000-1,
9.7). Each of its codes is a pair of a glyph and its text, so that the copied text is exact.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import uharfbuzz
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFDocument, PDFName, PDFObject, PDFStream, PDFString

if TYPE_CHECKING:
    from functions.invoices.faces import Face
    from functions.invoices.shaping import Glyph

_KEPT_TABLES = {"glyf", "head", "hhea", "hmtx", "loca", "maxp", "cvt ", "fpgm", "prep"}
_SYMBOLIC = 4  # PDF 32000-1, table 123: the codes follow no standard encoding
_STEM = 80  # the width of vertical strokes, which only a viewer that replaces the font needs
_MOST_CODES = 65_000  # of the 65,536 that two bytes can tell apart; the rest is for the line that is being drawn
_MAPPINGS_IN_A_BLOCK = 100  # the most that a bfchar block may hold (Adobe technical note 5411)
_TO_UNICODE = """/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def /CMapType 2 def
1 begincodespacerange <0000> <FFFF> endcodespacerange
{blocks}
endcmap CMapName currentdict /CMap defineresource pop end end"""


def reference(document: PDFDocument, value: PDFObject) -> object:
    """Make a value an object of its own in the file, and give the reference to it."""
    return document.Reference(value)  # type: ignore[no-untyped-call]  # the stubs leave it untyped


def stream(content: bytes, **entries: object) -> PDFStream:
    """Give compressed content with the entries of its dictionary."""
    return PDFStream(PDFDictionary({**entries, "Filter": PDFName("FlateDecode")}), zlib.compress(content))


class Typefaces:
    """What the pages of one document share: the faces, and the outlines of glyphs that carry no text."""

    def __init__(self) -> None:
        """Begin with none. A face is embedded when its first glyph is drawn."""
        self._embedded: dict[str, EmbeddedFace] = {}
        self._faces: list[EmbeddedFace] = []
        self._outlines: dict[tuple[str, int], tuple[str, Face]] = {}

    def embedded(self, face: Face) -> EmbeddedFace:
        """Give the face as it is embedded in this document; once all codes are taken, as it is embedded once more."""
        embedded = self._embedded.get(face.name)
        if embedded is None or embedded.is_full:
            embedded = self._embedded[face.name] = EmbeddedFace(face, f"A{len(self._faces)}")
            self._faces.append(embedded)
        return embedded

    def outline(self, glyph: Glyph) -> str:
        """Give the name by which pages draw this glyph's outline, which is in the document once."""
        key = glyph.face.name, glyph.index
        if key not in self._outlines:
            self._outlines[key] = f"G{len(self._outlines)}", glyph.face
        return self._outlines[key][0]

    def resources(self, document: PDFDocument) -> PDFDictionary:
        """Write everything into the document, and give the resources of its pages."""
        fonts = {face.resource: face.add_to(document) for face in self._faces}
        outlines = {name: reference(document, _outline(face, index)) for (_, index), (name, face) in self._outlines.items()}
        return PDFDictionary({"Font": PDFDictionary(fonts), "XObject": PDFDictionary(outlines)})


class EmbeddedFace:
    """One face in one document. It gives codes while pages are drawn, and then writes the font with these codes."""

    def __init__(self, face: Face, resource: str) -> None:
        """Start with code 0, which PDF reserves for the missing glyph."""
        self.resource = resource
        self._face = face
        self._codes: list[tuple[int, str, int]] = [(0, "", 0)]
        self._digits: dict[tuple[int, str, int], str] = {}

    @property
    def is_full(self) -> bool:
        """Whether another line could need more codes than there are."""
        return len(self._codes) > _MOST_CODES

    def code(self, glyph: Glyph, width: int) -> str:
        """Give the two-byte code of this glyph with this text and this distance (``width``) to the next glyph, in digits.

        Kerning is not written as gaps between glyphs, because PDF readers take wide gaps for spaces. But a width can't be
        negative, so a step back to the next glyph is written as a number of its own.
        """
        key = (glyph.index, glyph.text, width)
        digits = self._digits.get(key)
        if digits is not None:
            return digits
        if width < 0:
            digits = f"{self.code(glyph, 0)}>{-width}<"
        else:
            digits = f"{len(self._codes):04X}"
            self._codes.append(key)
        self._digits[key] = digits
        return digits

    def add_to(self, document: PDFDocument) -> object:
        """Write the subset of the font file and its description, and give the reference for the pages."""
        glyphs = [index for index, _, _ in self._codes]
        font_file, new_index = self._subset(set(glyphs))
        name = PDFName(f"{self._tag()}+{self._face.name}")
        widths = " ".join([str(width) for _, _, width in self._codes])
        indices = struct.pack(f">{len(glyphs)}H", *[new_index[index] for index in glyphs])
        descendant = PDFDictionary(
            {
                "Type": PDFName("Font"),
                "Subtype": PDFName("CIDFontType2"),
                "BaseFont": name,
                "CIDSystemInfo": PDFDictionary(
                    {"Registry": PDFString("Adobe"), "Ordering": PDFString("Identity"), "Supplement": 0}
                ),
                "FontDescriptor": reference(document, self._descriptor(document, name, font_file)),
                "W": f"[0 [{widths}]]",
                "CIDToGIDMap": reference(document, stream(indices)),
            }
        )
        return reference(
            document,
            PDFDictionary(
                {
                    "Type": PDFName("Font"),
                    "Subtype": PDFName("Type0"),
                    "BaseFont": name,
                    "Encoding": PDFName("Identity-H"),
                    "DescendantFonts": PDFArray([reference(document, descendant)]),
                    "ToUnicode": reference(document, stream(self._to_unicode())),
                }
            ),
        )

    def _subset(self, glyphs: set[int]) -> tuple[bytes, dict[int, int]]:
        """Reduce the font file to these glyphs; give it and the new index of each glyph."""
        face = self._face.shaper.face
        wanted = uharfbuzz.SubsetInput()
        wanted.glyph_set.set(glyphs)
        dropped = set(face.table_tags) - _KEPT_TABLES
        wanted.drop_table_tag_set.set({int.from_bytes(tag.encode(), "big") for tag in dropped})
        wanted.flags = uharfbuzz.SubsetFlags.NOTDEF_OUTLINE | uharfbuzz.SubsetFlags.NO_LAYOUT_CLOSURE
        plan = uharfbuzz.SubsetPlan(face, wanted)
        new_index = dict(plan.old_to_new_glyph_mapping)
        return plan.execute().blob.data, new_index

    def _descriptor(self, document: PDFDocument, name: str, font_file: bytes) -> PDFDictionary:
        return PDFDictionary(
            {
                "Type": PDFName("FontDescriptor"),
                "FontName": name,
                "Flags": _SYMBOLIC,
                "FontBBox": _box(self._face),
                "ItalicAngle": 0,
                "Ascent": self._face.ascent,
                "Descent": self._face.descent,
                "CapHeight": self._face.cap_height,
                "StemV": _STEM,
                "FontFile2": reference(document, stream(font_file, Length1=len(font_file))),
            }
        )

    def _tag(self) -> str:
        """Make the six letters that mark a subset. They are the same for the same glyphs."""
        number = zlib.crc32(repr(self._codes).encode())
        return "".join(chr(ord("A") + number // 26**position % 26) for position in range(6))

    def _to_unicode(self) -> bytes:
        mappings = [
            f"<{code:04X}> <{text.encode('utf-16-be').hex()}>" for code, (_, text, _) in enumerate(self._codes) if text
        ]
        blocks = [mappings[start : start + _MAPPINGS_IN_A_BLOCK] for start in range(0, len(mappings), _MAPPINGS_IN_A_BLOCK)]
        written = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return _TO_UNICODE.format(blocks=written).encode("ascii")


def _outline(face: Face, glyph: int) -> PDFStream:
    content = f"{face.outline(glyph)} f".encode("ascii")
    return stream(content, Type=PDFName("XObject"), Subtype=PDFName("Form"), BBox=_box(face))


def _box(face: Face) -> str:
    return f"[{' '.join(map(str, face.bounding_box))}]"
