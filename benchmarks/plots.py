"""The plots of docs/benchmarks.md, from the last result of each row. Same figures, same files: no date, no random ids."""

from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from benchmarks.figures import Figure, Rounds
from benchmarks.results import Result

OURS, PEERS, SHORT, LIMIT = "#1f6f8b", "#c8a25c", "#b5473c", "#555555"
_STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.size": 9,
    "savefig.bbox": "tight",
    "svg.fonttype": "none",
    "svg.hashsalt": "benchmarks",
}
_MOST_SHOWN = 8
_COMPARED = ("read", "list", "flow", "webhook", "login")
_WITH_BARS = (*_COMPARED, "hello", "crowd", "cold", "memory", "pages", "pdf")


def draw(folder: Path, results: Mapping[str, Result]) -> None:
    """Draw each plot whose rows all have results; any other stays as it is."""
    folder.mkdir(exist_ok=True)
    for name, rows, height, fill in _PLOTS:
        if all(row in results for row in rows):
            with mpl.rc_context(_STYLE):
                canvas = Canvas(figsize=(7.5, height))
                fill(canvas, [figure for row in rows for figure in results[row].figures])
                canvas.savefig(folder / f"{name}.svg", metadata={"Creator": None, "Date": None})


def _lines(axes: Axes, labels: list[str]) -> list[int]:
    """A line for each label, from the top, and where it is."""
    places = list(range(len(labels)))
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    return places


def _bars(canvas: Canvas, figures: list[Figure]) -> None:
    """How far each figure is from its bar: twice as good as it asks is 2."""
    axes = canvas.subplots()
    with_bar = [figure for figure in figures if figure.reach is not None]
    places = _lines(axes, [figure.what.replace("`", "") for figure in with_bar])
    colours = [SHORT if figure.is_short else OURS for figure in with_bar]
    axes.barh(places, [min(figure.reach or 1, _MOST_SHOWN) - 1 for figure in with_bar], left=1, color=colours)
    axes.axvline(1, color=LIMIT, linewidth=1)
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("times as good as the bar (red: short of it)")


def _rates(canvas: Canvas, figures: list[Figure]) -> None:
    """Ours and the peer's rate, with the slowest and the fastest round."""
    axes = canvas.subplots()
    compared = [(figure.what, figure.ours, figure.beside) for figure in figures if figure.beside and figure.cpu]
    places = _lines(axes, [what.replace("`", "") for what, _, _ in compared])
    for offset, colour, label, side in ((-0.2, OURS, "ours", 1), (0.2, PEERS, "peer", 2)):
        found = [one[side] for one in compared]
        rates = [one for one in found if isinstance(one, Rounds)]
        spread = [[one.median - one.least for one in rates], [one.most - one.median for one in rates]]
        axes.barh(
            [place + offset for place in places],
            [one.median for one in rates],
            height=0.4,
            color=colour,
            label=label,
            xerr=spread,
            error_kw={"linewidth": 1, "ecolor": LIMIT},
        )
    axes.set_xscale("log")
    axes.set_xlim(left=1)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("a second")
    axes.legend(frameon=False)


def _memory(canvas: Canvas, figures: list[Figure]) -> None:
    """What is held after so many requests: the median of the rounds."""
    axes = canvas.subplots()
    details = figures[0].details
    for side, colour in (("ours", OURS), ("peer", PEERS)):
        held = [median(at) for at in zip(*details[side], strict=True)]
        asked = [details["step"] * number for number in range(1, len(held) + 1)]
        axes.plot(asked, held, color=colour, marker="o", markersize=3, label=side)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel("requests")
    axes.set_ylabel("MiB (PSS)")
    axes.legend(frameon=False, loc="lower right")


def _texts(canvas: Canvas, figures: list[Figure]) -> None:
    """What each of the worst texts costs at the limit."""
    sides = canvas.subplots(1, 2, sharey=True)
    worst = [figure for figure in figures if figure.details and figure.bar]
    for axes, figure in zip(sides, worst, strict=True):
        found: dict[str, list[float]] = figure.details["texts"]
        places = _lines(axes, list(found))
        axes.barh(places, [median(values) for values in found.values()], color=OURS)
        axes.axvline(figure.bar or 0, color=LIMIT, linewidth=1, linestyle="--")
        axes.set_xlabel(f"{figure.ours.unit} (dashed: the bar)")
    sides[1].invert_yaxis()  # the two share it, and each has turned it round


_PLOTS: tuple[tuple[str, tuple[str, ...], float, Callable[[Canvas, list[Figure]], None]], ...] = (
    ("bars", _WITH_BARS, 5.0, _bars),
    ("memory", ("memory",), 2.8, _memory),
    ("rates", _COMPARED, 3.2, _rates),
    ("texts", ("pdf",), 3.2, _texts),
)
