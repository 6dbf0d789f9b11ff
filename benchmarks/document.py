"""Writes the tables of docs/benchmarks.md from the last result of each row.

A table stands between `<!-- rows: read, list -->` and `<!-- end of rows -->`. The text around it is nobody's but the
authors'.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.results import Result

_TABLE = re.compile(r"(<!-- rows: (?P<rows>[\w, ]+) -->\n).*?(<!-- end of rows -->)", re.DOTALL)
_HEAD = "| | ours | beside | ratio | bar | measured by |\n|---|---|---|---|---|---|\n"


def write(document: Path, results: Mapping[str, Result]) -> list[str]:
    """Write each table whose rows all have results, and give the rows that have none.

    A table of which a row is missing stays as it is, so that figures of another machine are neither lost nor mixed with
    those of this one unnoticed.
    """
    missing: list[str] = []

    def table(found: re.Match[str]) -> str:
        rows = [row.strip() for row in found["rows"].split(",")]
        if unmeasured := [row for row in rows if row not in results]:
            missing.extend(unmeasured)
            return found[0]
        return f"{found[1]}\n{_table({row: results[row] for row in rows})}\n\n{found[3]}"

    text = document.read_text(encoding="utf-8")
    document.write_text(_TABLE.sub(table, text), encoding="utf-8")
    return missing


def _table(results: Mapping[str, Result]) -> str:
    lines = "".join(line for result in results.values() for line in _lines(result))
    rows: dict[str, list[str]] = {}
    for row, result in results.items():
        rows.setdefault(_circumstances(result), []).append(f"`{row}`")
    measured = "\n\n".join(f"{', '.join(names)}: {how}" for how, names in rows.items())
    return f"{_HEAD}{lines}\n{measured}"


def _lines(result: Result) -> Iterable[str]:
    for figure in result.figures:
        cells = (figure.what, *figure.sides, figure.ratio, figure.verdict, f"`{result.command}`")
        yield f"| {' | '.join(cells)} |\n"


def _circumstances(result: Result) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in result.versions.items())
    machine = f"{result.machine['processors']} processors ({result.machine['processor']})"
    load = f"a load of {result.machine['load']} when the run began"
    return f"medians of {len(result.figures[0].ours.values)} rounds, {result.date}, {machine}, {load}, {versions}."
