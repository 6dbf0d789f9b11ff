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
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFObject,
    PDFStream,
    PDFString,
    PDFZCompress,
)

if TYPE_CHECKING:
    from functions.invoices.arabic import Glyph
    from functions.invoices.faces import Face

_KEPT_TABLES = {"glyf", "head", "hhea", "hmtx", "loca", "maxp", "cvt ", "fpgm", "prep"}
_SYMBOLIC = 4  # PDF 32000-1, table 123: the codes follow no standard encoding
_STEM = 80  # the width of vertical strokes, which only a viewer that replaces the font needs
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


class EmbeddedFace:
    """One face in one document. It gives codes while pages are drawn, and then writes the font with these codes."""

    def __init__(self, face: Face, resource: str) -> None:
        """Start with code 0, which PDF reserves for the missing glyph."""
        self.resource = resource
        self._face = face
        self._codes: dict[tuple[int, str, int], int] = {(0, "", 0): 0}

    def code(self, glyph: Glyph, width: int) -> int:
        """Give the two-byte code of this glyph with this text and this distance (``width``) to the next glyph.

        Kerning is not written as gaps between glyphs, because PDF readers take wide gaps for spaces.
        """
        return self._codes.setdefault((glyph.index, glyph.text, width), len(self._codes))

    def add_to(self, document: PDFDocument) -> object:
        """Write the subset of the font file and its description, and give the reference for the pages."""
        glyphs = [index for index, _, _ in self._codes]
        font_file, new_index = self._subset(set(glyphs))
        name = f"{self._tag()}+{self._face.name}"
        descendant = PDFDictionary(
            {
                "Type": PDFName("Font"),
                "Subtype": PDFName("CIDFontType2"),
                "BaseFont": PDFName(name),
                "CIDSystemInfo": PDFDictionary(
                    {"Registry": PDFString("Adobe"), "Ordering": PDFString("Identity"), "Supplement": 0}
                ),
                "FontDescriptor": reference(document, self._descriptor(document, name, font_file)),
                "W": PDFArray([0, PDFArray([width for _, _, width in self._codes])]),
                "CIDToGIDMap": reference(
                    document, _stream(struct.pack(f">{len(glyphs)}H", *(new_index[index] for index in glyphs)))
                ),
            }
        )
        return reference(
            document,
            PDFDictionary(
                {
                    "Type": PDFName("Font"),
                    "Subtype": PDFName("Type0"),
                    "BaseFont": PDFName(name),
                    "Encoding": PDFName("Identity-H"),
                    "DescendantFonts": PDFArray([reference(document, descendant)]),
                    "ToUnicode": reference(document, _stream(self._to_unicode())),
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
        stream = _stream(font_file)
        stream.dictionary["Length1"] = len(font_file)
        return PDFDictionary(
            {
                "Type": PDFName("FontDescriptor"),
                "FontName": PDFName(name),
                "Flags": _SYMBOLIC,
                "FontBBox": PDFArray(list(self._face.bounding_box)),
                "ItalicAngle": 0,
                "Ascent": self._face.ascent,
                "Descent": self._face.descent,
                "CapHeight": self._face.cap_height,
                "StemV": _STEM,
                "FontFile2": reference(document, stream),
            }
        )

    def _tag(self) -> str:
        """Make the six letters that mark a subset. They are the same for the same glyphs."""
        number = zlib.crc32(repr(list(self._codes)).encode())
        return "".join(chr(ord("A") + number // 26**position % 26) for position in range(6))

    def _to_unicode(self) -> bytes:
        mappings = [
            f"<{code:04X}> <{text.encode('utf-16-be').hex()}>" for code, (_, text, _) in enumerate(self._codes) if text
        ]
        blocks = [mappings[start : start + _MAPPINGS_IN_A_BLOCK] for start in range(0, len(mappings), _MAPPINGS_IN_A_BLOCK)]
        written = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return _TO_UNICODE.format(blocks=written).encode("ascii")


def _stream(content: bytes) -> PDFStream:
    return PDFStream(content=content, filters=[PDFZCompress])
