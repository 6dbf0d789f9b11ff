"""QR codes: reportlab's, with the mask chosen by arithmetic on whole codes instead of module by module.

Of the eight masks that a code may have, the standard (ISO/IEC 18004, 7.8.3) wants the one with the fewest patterns that
confuse a reader. A code is one whole number here, with a bit for each module, so a pattern is found everywhere at once.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel, QRUtil

if TYPE_CHECKING:
    from collections.abc import Iterable

_MASKS = range(8)
# Dark, light, three dark, light, dark, four light: what the corners of a code look like. The first bit is the first module.
_LIKE_A_CORNER = 0b00001011101
_CORNER_LENGTH = 11


@lru_cache(maxsize=128)
def rows(content: str) -> tuple[tuple[bool, ...], ...]:
    """Give the modules of a code with error correction M, row by row; True is dark."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(content)
    code.version = code.calculate_version()  # type: ignore[no-untyped-call]  # the stubs leave it untyped
    code.makeImpl(test=True, maskPattern=0)
    size = code.moduleCount
    unmasked = _number(code.modules) ^ _mask(code.version, 0)
    best = min(_MASKS, key=lambda mask: _penalty(unmasked ^ _mask(code.version, mask), size))
    code.setupTypeInfo(test=False, maskPattern=best)
    if code.version >= 7:  # noqa: PLR2004 - smaller codes do not say their version
        code.setupTypeNumber(test=False)
    code.mapData(code.dataCache, best)
    return tuple(tuple(bool(module) for module in row) for row in code.modules)


def _number(modules: Iterable[Iterable[object]]) -> int:
    digits = "".join("1" if module else "0" for row in modules for module in row)
    return int(digits[::-1], 2)


@lru_cache(maxsize=64)
def _mask(version: int, mask: int) -> int:
    """The modules that a mask turns over: only those that hold data."""
    code = QRCode(version, QRErrorCorrectLevel.M)
    code.moduleCount = version * 4 + 17
    turns = QRUtil.getMask(mask)  # type: ignore[no-untyped-call]  # the same
    places = code.dataPosIterator()  # type: ignore[no-untyped-call]  # the same
    return sum(1 << (row * code.moduleCount + column) for column, row in places if turns(row, column))


@lru_cache(maxsize=512)
def _starts(size: int, columns: int, rows: int) -> int:
    """The modules at which a pattern so many columns wide and rows high fits into the code."""
    row = (1 << (size - columns + 1)) - 1
    return sum(row << (size * number) for number in range(size - rows + 1))


def _penalty(code: int, size: int) -> int:
    """How confusing a code is, in reportlab's points: it looks for corners in rows alone, but not at their last place."""
    to_the_right = ~(code ^ code >> 1) & _starts(size, 2, 1)
    below = ~(code ^ code >> size) & _starts(size, 1, 2)
    blocks = to_the_right & below & to_the_right >> size
    corners = _starts(size, _CORNER_LENGTH + 1, 1)
    for place in range(_CORNER_LENGTH):
        corners &= code >> place if _LIKE_A_CORNER >> place & 1 else ~(code >> place)
    dark = 10 * (abs(100 * code.bit_count() // (size * size) - 50) // 5)
    return _long_runs(to_the_right, 1) + _long_runs(below, size) + 3 * blocks.bit_count() + 40 * corners.bit_count() + dark


def _long_runs(alike: int, step: int) -> int:
    """Three points for five modules alike in a line, and one for each further one."""
    five = alike & alike >> step & alike >> 2 * step & alike >> 3 * step
    return five.bit_count() + 2 * (five & ~(five << step)).bit_count()
