"""`make bench`: measures every row, or those that are named, keeps them, and writes docs/benchmarks.md."""

import contextlib
import datetime as dt
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import changing, cold_start, database, document, history, memory, pages, pdf, people, plots, reading, results
from benchmarks.bench import Bench
from benchmarks.figures import Figure
from benchmarks.results import Result

DOCUMENT = Path("docs/benchmarks.md")
ROWS: dict[str, Callable[[Bench], list[Figure]]] = {
    "read": lambda bench: reading.read(bench.server("orders"), bench.server("peer"), bench.reader),
    "hello": lambda bench: reading.hello(bench.server("orders"), bench.reader),
    "list": lambda bench: reading.listing(bench.server("orders"), bench.server("peer"), bench.reader),
    "crowd": lambda bench: reading.crowd(bench.server("orders"), bench.reader),
    "flow": lambda bench: changing.flow(bench.both()),
    "webhook": lambda bench: changing.webhook(bench.both()),
    "login": lambda bench: changing.logging_in(bench.server("auth"), bench.server("peer")),
    "cold": lambda bench: cold_start.row(bench.reader, people.order_path(reading.CUSTOMERS_ORDER)),
    "memory": lambda bench: memory.row(bench.staff, bench.customers),
    "pages": lambda bench: pages.row(bench.server_url),
    "history": lambda bench: history.row(bench.server_url),
    "pdf": lambda _: pdf.row(),
}
# These start servers of their own: no other may take its share of the processors or of the memory.
ALONE = {"cold", "memory", "pages", "history", "pdf"}


def _print(figures: list[Figure]) -> None:
    for figure in figures:
        ours, beside = figure.sides
        print(f"{figure.what}\n    {ours}   |   {beside}\n    {figure.ratio}   {figure.verdict}", flush=True)


def _measure(rows: list[str]) -> dict[str, Result]:
    """Measure these rows, and keep each as soon as it is done."""
    found: dict[str, Result] = {}
    machine = results.machine()
    with contextlib.ExitStack() as stack:
        bench = Bench(stack, stack.enter_context(database.postgres()))
        ((postgresql,),) = database.run(bench.server_url, "select current_setting('server_version')")
        for row in rows:
            if row in ALONE:
                bench.stop_servers()
            figures = ROWS[row](bench)
            _print(figures)
            result = Result(
                figures=figures,
                command=f"make bench ROWS={row}",
                date=dt.datetime.now(dt.UTC).date(),
                machine=machine,
                versions=results.versions(str(postgresql)),
            )
            found = results.keep(database.FOLDER / "figures.json", row, result)
    return found


def main() -> None:
    """Measure the rows that were named, or all, and write the document."""
    wanted = sys.argv[1:] or list(ROWS)
    if unknown := set(wanted) - ROWS.keys():
        sys.exit(f"There are no rows {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}.")
    began = time.monotonic()
    found = _measure(wanted)
    missing = document.write(DOCUMENT, found)
    plots.draw(DOCUMENT.with_suffix(""), found)
    if missing:
        print(f"{DOCUMENT} keeps its tables with rows that were not measured here: {', '.join(missing)}")
    short = [figure.what for row in wanted for figure in found[row].figures if figure.is_short]
    print(f"{time.monotonic() - began:.0f} s; {len(short)} below their bars")


if __name__ == "__main__":
    main()
