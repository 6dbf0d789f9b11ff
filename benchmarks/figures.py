"""A figure with its bar, and how it is printed."""

from dataclasses import dataclass, field
from typing import Any, Literal

TIMES = "\N{MULTIPLICATION SIGN}"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table: what was measured of ours and of what it is compared with, and whether the bar holds."""

    row: str
    what: str
    ours: str
    beside: str
    value: float
    bar: float | None
    sense: Literal["at least", "at most"] = "at least"
    unit: str = TIMES
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool | None:
        """Whether the bar holds; None where there is none."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.sense == "at least" else self.value <= self.bar

    @property
    def measured(self) -> str:
        """The value with its unit."""
        return _shown(self.value, self.unit)

    @property
    def wanted(self) -> str:
        """The bar in words."""
        return "" if self.bar is None else f"{'≥' if self.sense == 'at least' else '≤'} {_shown(self.bar, self.unit)}"

    @property
    def verdict(self) -> str:
        """One word."""
        return {True: "holds", False: "SHORT", None: ""}[self.holds]


def _shown(value: float, unit: str) -> str:
    return f"{value:.2f} {TIMES}" if unit == TIMES else f"{value:.1f} {unit}"


def rates(row: str, what: str, ours: dict[str, Any], peers: dict[str, Any], bar: float, unit: str = "/s") -> Figure:
    """The ratio of two rates, and beside them the CPU of one request."""
    return Figure(
        row=row,
        what=what,
        ours=_rate(ours, unit),
        beside=_rate(peers, unit),
        value=ours["rate"] / peers["rate"],
        bar=bar,
        details={"ours": ours, "peer": peers},
    )


def _rate(measured: dict[str, Any], unit: str) -> str:
    spread = f"{measured['least']:.0f} to {measured['most']:.0f}"
    return f"{measured['rate']:.0f}{unit} ({spread}), {measured['cpu_ms']:.2f} ms CPU"
