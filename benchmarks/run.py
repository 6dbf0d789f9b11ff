"""`make bench`: each row of the table, ours beside the peer; `python -m benchmarks.run read list` for some rows alone."""

import contextlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version

from benchmarks import changing, cold_start, database, people, reading, servers
from benchmarks.figures import Figure

PACKAGES = ("functions-framework", "uvicorn", "pg8000", "pydantic", "fastapi", "sqlalchemy", "psycopg2-binary", "bcrypt")


class Bench:
    """The servers and people of one run, each made when a row first needs it."""

    def __init__(self, stack: contextlib.ExitStack, server_url: str) -> None:
        self._stack, self.server_url = stack, server_url
        self._started: dict[str, servers.Server] = {}
        database.use(server_url, "bench", anew=True)
        people.add_users(people.CUSTOMERS)
        people.add_orders(1, people.CUSTOMERS * people.ORDERS_EACH, people.CUSTOMERS)
        people.copy_to_peer()
        stack.enter_context(servers.gateway())
        self.staff, *self.customers = [people.user(number) for number in range(people.CUSTOMERS + 1)]

    def server(self, name: str) -> servers.Server:
        """One of our functions, or the peer."""
        if name not in self._started:
            start = servers.peer() if name == "peer" else servers.function(name)
            self._started[name] = self._stack.enter_context(start)
        return self._started[name]

    @property
    def reader(self) -> people.User:
        """The customer of the order that is read."""
        return self.customers[reading.CUSTOMERS_ORDER]

    def both(self) -> changing.Both:
        """Both systems for changes."""
        orders, webhooks, peer = (self.server(name) for name in ("orders", "payments_webhook", "peer"))
        return changing.Both(orders, webhooks, peer, self.staff, self.customers)


ROWS: dict[str, Callable[[Bench], list[Figure]]] = {
    "read": lambda bench: reading.read(bench.server("orders"), bench.server("peer"), bench.reader),
    "hello": lambda bench: reading.hello(bench.server("orders"), bench.reader),
    "list": lambda bench: reading.listing(bench.server("orders"), bench.server("peer"), bench.reader),
    "crowd": lambda bench: reading.crowd(bench.server("orders"), bench.reader),
    "flow": lambda bench: changing.flow(bench.both()),
    "webhook": lambda bench: changing.webhook(bench.both()),
    "login": lambda bench: changing.logging_in(bench.server("auth"), bench.server("peer")),
    "cold": lambda bench: cold_start.row(bench.reader, people.order_path(reading.CUSTOMERS_ORDER)),
}


def _machine() -> dict[str, str]:
    with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123 - a kernel's file
        model = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "unknown")
    return {"processor": model, "processors": str(os.cpu_count()), "python": platform.python_version()} | {
        name: version(name) for name in PACKAGES
    }


def _print(figures: list[Figure]) -> None:
    for figure in figures:
        print(f"{figure.what}\n    {figure.ours}   |   {figure.beside}\n    {figure.measured}", end="")
        print(f"   {figure.wanted}   {figure.verdict}" if figure.bar is not None else "", flush=True)


def main() -> None:
    """Measure the rows that were named, or all, print them, and keep them in .bench/figures.json."""
    wanted = sys.argv[1:] or list(ROWS)
    if unknown := set(wanted) - ROWS.keys():
        sys.exit(f"There are no rows {', '.join(sorted(unknown))}; there are {', '.join(ROWS)}.")
    figures: list[Figure] = []
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        bench = Bench(stack, stack.enter_context(database.postgres()))
        for row in wanted:
            found = ROWS[row](bench)
            _print(found)
            figures += found
    kept = {"machine": _machine(), "figures": [asdict(figure) for figure in figures]}
    (database.FOLDER / "figures.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")
    short = [figure.what for figure in figures if figure.holds is False]
    print(f"{time.monotonic() - began:.0f} s; {len(short)} below their bars")


if __name__ == "__main__":
    main()
