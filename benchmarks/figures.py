"""A figure: the rounds of what was measured, what it is compared with, and the bar."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from benchmarks.load import Measured

TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True)
class Rounds:
    """What the rounds gave in one unit, with their median and spread."""

    unit: str
    values: tuple[float, ...]
    median: float
    least: float
    most: float

    def __str__(self) -> str:
        """The median, and the spread of several rounds."""
        if len(self.values) == 1:
            return shown(self.median, self.unit)
        return f"{shown(self.median, self.unit)} ({shown(self.least)} to {shown(self.most)})"


def rounds(unit: str, values: Iterable[float]) -> Rounds:
    """The rounds of something in this unit."""
    found = tuple(values)
    return Rounds(unit, found, statistics.median(found), min(found), max(found))


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of a table. The bar is for the ratio of the medians, or for ours where nothing stands beside it."""

    what: str
    ours: Rounds
    beside: Rounds | None = None
    cpu: tuple[Rounds, Rounds] | None = None
    bar: float | None = None
    sense: Literal["at least", "at most"] = "at most"
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def value(self) -> float:
        """What the bar is for."""
        return self.ours.median / self.beside.median if self.beside else self.ours.median

    @property
    def reach(self) -> float | None:
        """How many times as good as its bar it is, which is endless for nothing at all; None where there is no bar."""
        if self.bar is None:
            return None
        if self.sense == "at least":
            return self.value / self.bar
        return self.bar / self.value if self.value > 0 else math.inf

    @property
    def is_short(self) -> bool:
        """Whether there is a bar, and it is missed."""
        return self.reach is not None and self.reach < 1

    @property
    def sides(self) -> tuple[str, str]:
        """Ours and what it is compared with, in words."""
        spent = [f", {one}" for one in self.cpu] if self.cpu else ["", ""]
        return f"{self.ours}{spent[0]}", f"{self.beside}{spent[1]}" if self.beside else ""

    @property
    def ratio(self) -> str:
        """The ratio in words, where there is one."""
        return shown(self.value, TIMES) if self.beside else ""

    @property
    def verdict(self) -> str:
        """The bar in words, and whether it is missed."""
        if self.bar is None:
            return ""
        unit = TIMES if self.beside else self.ours.unit
        return f"{'≥' if self.sense == 'at least' else '≤'} {self.bar:g} {unit}{', short' if self.is_short else ''}"


def shown(number: float, unit: str = "") -> str:
    """A number with about three digits, and its unit."""
    size = abs(number)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 or not number else 3  # noqa: PLR2004 - of digits
    return f"{number:,.{digits}f}{'' if unit in {'', '/s'} else ' '}{unit}"


def rates(what: str, ours: list[Measured], beside: list[Measured], bar: float) -> Figure:
    """A figure of requests a second, and the workers' CPU for one of them."""
    rate = [rounds("/s", (one.rate for one in measured)) for measured in (ours, beside)]
    return Figure(what=what, ours=rate[0], beside=rate[1], cpu=(_cpu(ours), _cpu(beside)), bar=bar, sense="at least")


def times(what: str, ours: list[Measured], beside: list[Measured], bar: float | None) -> Figure:
    """A figure of the median time of a request in each round."""
    median = [rounds("ms", (one.p50_ms for one in measured if one.p50_ms is not None)) for measured in (ours, beside)]
    return Figure(what=what, ours=median[0], beside=median[1], bar=bar)


def cpu_times(what: str, ours: list[Measured], beside: list[Measured], bar: float) -> Figure:
    """A figure of the workers' CPU for a request."""
    return Figure(what=what, ours=_cpu(ours), beside=_cpu(beside), bar=bar)


def _cpu(measured: list[Measured]) -> Rounds:
    return rounds("ms CPU", (one.cpu_ms for one in measured))
