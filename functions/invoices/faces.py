"""The typefaces of the invoice: IBM Plex Sans and IBM Plex Sans Arabic (SIL Open Font License 1.1)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import uharfbuzz

_Point = tuple[float, float]

_FOLDER = Path(__file__).parent / "fonts"
_HEAD_BOUNDING_BOX = 36  # the offset of xMin, yMin, xMax, yMax in OpenType's `head` table


class Weight(Enum):
    """How heavy the letters are."""

    REGULAR = "400Regular"
    BOLD = "600SemiBold"

    # A weight is a part of every key of a cache, and an enumeration's own hash is written in Python.
    __hash__ = object.__hash__


@dataclass(frozen=True, eq=False)
class Face:
    """One font file, read once. Its units are thousandths of the font size, as in PDF."""

    name: str
    shaper: uharfbuzz.Font
    characters: frozenset[int]
    space: int
    ascent: int
    descent: int
    cap_height: int
    bounding_box: tuple[int, int, int, int]

    def outline(self, glyph: int) -> str:
        """Give the glyph's outline as PDF path operators, to be filled."""
        path = _Path()
        self.shaper.draw_glyph_with_pen(glyph, path)
        return " ".join(path.operators)


class _Path:
    """A pen that writes PDF path operators. PDF has no quadratic curves, so they become cubic curves."""

    def __init__(self) -> None:
        self.operators: list[str] = []
        self._at = (0.0, 0.0)

    def moveTo(self, point: _Point) -> None:  # noqa: N802 - the pen protocol's name
        self._to("m", point)

    def lineTo(self, point: _Point) -> None:  # noqa: N802 - the same
        self._to("l", point)

    def curveTo(self, first: _Point, second: _Point, end: _Point) -> None:  # noqa: N802 - the same
        self._to("c", first, second, end)

    def qCurveTo(self, control: _Point, end: _Point) -> None:  # noqa: N802 - the same
        self._to("c", _towards(self._at, control), _towards(end, control), end)

    def closePath(self) -> None:  # noqa: N802 - the same
        self.operators.append("h")

    def _to(self, operator: str, *points: _Point) -> None:
        self.operators.append(" ".join(f"{x:.1f} {y:.1f}" for x, y in points) + f" {operator}")
        self._at = points[-1]


def _towards(start: _Point, control: _Point) -> _Point:
    """Give the cubic curve's control point, two thirds of the way to the quadratic one."""
    return start[0] + (control[0] - start[0]) * 2 / 3, start[1] + (control[1] - start[1]) * 2 / 3


def _read(family: str, weight: Weight) -> Face:
    face = uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(_FOLDER / f"{family}_{weight.value}.ttf")))
    shaper = uharfbuzz.Font(face)
    extents = shaper.get_font_extents("ltr")
    return Face(
        name=f"{family}-{weight.name.title()}",
        shaper=shaper,
        characters=frozenset(face.unicodes),
        space=shaper.get_nominal_glyph(ord(" ")),
        ascent=extents.ascender,
        descent=extents.descender,
        cap_height=shaper.get_metric_position(uharfbuzz.OTMetricsTag.CAP_HEIGHT),
        bounding_box=struct.unpack_from(">4h", face.reference_table("head").data, _HEAD_BOUNDING_BOX),
    )


# Read while the module is imported: the import lock prevents two threads from reading them at once.
# The first face of a weight draws the glyphs that both have, and a box for characters that neither has.
FACES = {weight: (_read("IBMPlexSans", weight), _read("IBMPlexSansArabic", weight)) for weight in Weight}
