"""What docs/scale.md reckons with: `make growth`, the database's CPU for a request, and the bytes that an order leaves."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from benchmarks import database, reading
from benchmarks.bench import Bench
from benchmarks.changing import AT_ONCE
from benchmarks.flows import System
from benchmarks.load import Request, at_once, wrk
from benchmarks.people import order_path

FLOWS = 1_600
_SECONDS = 5.0
_TICKS = os.sysconf("SC_CLK_TCK")
_SIZES = """
    select relname, pg_total_relation_size(c.oid), pg_indexes_size(c.oid) from pg_class c
    where relkind = 'r' and relnamespace = 'public'::regnamespace
"""


def database_seconds() -> float:
    """The processor time that PostgreSQL has used in all its processes."""
    (first, *_) = (database.FOLDER / "postgres" / "postmaster.pid").read_text(encoding="ascii").splitlines()
    children = Path(f"/proc/{first}/task/{first}/children").read_text(encoding="ascii").split()
    # The last two fields of the postmaster are the time of sessions that have ended.
    return (_ticks(first, 4) + sum(_ticks(child, 2) for child in children)) / _TICKS


def _ticks(process: str, fields: int) -> int:
    values = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, values[11 : 11 + fields]))


def _sizes(url: str) -> dict[str, tuple[int, int]]:
    return {str(name): (int(str(size)), int(str(indexes))) for name, size, indexes in database.run(url, _SIZES)}


def _print_cost(what: str, workers: Callable[[], float], work: Callable[[], int]) -> None:
    before = workers(), database_seconds()
    done = work()
    worker, base = workers() - before[0], database_seconds() - before[1]
    print(f"{what}: {worker * 1000 / done:.2f} ms of the workers, {base * 1000 / done:.2f} ms of the database")


def main() -> None:
    """Print each figure."""
    with contextlib.ExitStack() as stack:
        bench = Bench(stack, stack.enter_context(database.postgres()))
        orders, webhooks = bench.server("orders"), bench.server("payments_webhook")
        for what, path in (("one order", order_path(reading.CUSTOMERS_ORDER)), ("a list of 20", "/api/orders/me?limit=20")):
            request = Request("GET", path, bench.reader.ours)
            _print_cost(
                what,
                orders.cpu_seconds,
                lambda request=request: round(wrk(orders, [request], 16, _SECONDS).rate * _SECONDS),  # type: ignore[misc]
            )
        systems = [System(orders.port, webhooks.port, bench.staff.ours, one.id) for one in bench.customers[:AT_ONCE]]

        def flow() -> None:
            system = systems.pop()
            system.flow()
            systems.append(system)

        def flows() -> int:
            at_once([flow] * FLOWS, AT_ONCE)
            return FLOWS

        url = os.environ["DATABASE_URL"]
        before = _sizes(url)
        _print_cost("an order made, issued, paid and settled", lambda: orders.cpu_seconds() + webhooks.cpu_seconds(), flows)
        after = _sizes(url)
    grown = {name: (size - before[name][0], indexes - before[name][1]) for name, (size, indexes) in after.items()}
    print(f"bytes that such an order leaves: {sum(size for size, _ in grown.values()) / FLOWS:.0f}")
    for name, (size, indexes) in sorted(grown.items(), key=lambda one: -one[1][0])[:8]:
        print(f"    {name}: {size / FLOWS:.0f}, of which indexes {indexes / FLOWS:.0f}")


if __name__ == "__main__":
    main()
