"""Rows about reads: one order, a list, many connections, and the framework's own hello world."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import servers
from benchmarks.figures import Figure, rates
from benchmarks.flows import require_same
from benchmarks.load import Connection, Measured, Request, in_turns, wrk
from benchmarks.people import User, order_path
from benchmarks.servers import Server

SECONDS = 3
_HELLO = "import functions_framework\n\n@functions_framework.http\ndef hello(request):\n    return 'Hello'\n"


def _both(path: str, customer: User) -> tuple[Request, Request]:
    return Request("GET", path, customer.ours), Request("GET", path, customer.peers)


def _work(server: Server, request: Request, connections: int, seconds: float = SECONDS) -> Callable[[], Measured]:
    return lambda: wrk(server, [request], connections, seconds)


def read(ours: Server, peer: Server, customer: User) -> list[Figure]:
    """One order with three items: the rate with 16 connections, and the time of one with a single connection."""
    our_request, peer_request = _both(order_path(CUSTOMERS_ORDER), customer)
    require_same("an order", Connection(ours.port).send(our_request), Connection(peer.port).send(peer_request))
    many = in_turns(_work(ours, our_request, 16), _work(peer, peer_request, 16))
    alone = in_turns(_work(ours, our_request, 1), _work(peer, peer_request, 1))
    times = [float(str(one["p50_ms"])) for one in alone]
    return [
        rates("read", "`GET /api/orders/{id}`, three items, 16 connections", many[0], many[1], 6),
        Figure(
            row="read",
            what="the same, p50 at one connection",
            ours=f"{times[0]:.2f} ms",
            beside=f"{times[1]:.2f} ms",
            value=times[0] / times[1],
            bar=0.25,
            sense="at most",
            details={"ours": alone[0], "peer": alone[1]},
        ),
    ]


def hello(ours: Server, customer: User) -> list[Figure]:
    """The CPU of that read beside functions-framework's own threaded hello world."""
    request = Request("GET", order_path(CUSTOMERS_ORDER), customer.ours)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "main.py"
        source.write_text(_HELLO, encoding="utf-8")
        with servers.framework("hello", source, {"THREADS": servers.sizes("orders")["THREADS"]}) as framework:
            our, its = in_turns(_work(ours, request, 16), _work(framework, Request("GET", "/"), 16))
    spent = [float(str(one["cpu_ms"])) for one in (our, its)]
    return [
        Figure(
            row="hello",
            what="worker CPU of that read beside functions-framework's own threaded hello world",
            ours=f"{spent[0]:.3f} ms",
            beside=f"{spent[1]:.3f} ms",
            value=spent[0] / spent[1],
            bar=1.2,
            sense="at most",
            details={"ours": our, "hello": its},
        )
    ]


def listing(ours: Server, peer: Server, customer: User) -> list[Figure]:
    """A customer's 20 orders."""
    our_request, peer_request = _both("/api/orders/me?limit=20", customer)
    require_same("a list", Connection(ours.port).send(our_request), Connection(peer.port).send(peer_request))
    our, its = in_turns(_work(ours, our_request, 16), _work(peer, peer_request, 16))
    return [rates("list", "`GET /api/orders/me`, 20 orders, 16 connections", our, its, 6)]


def crowd(ours: Server, customer: User) -> list[Figure]:
    """The rate with 200 connections beside that with 16."""
    request = Request("GET", order_path(CUSTOMERS_ORDER), customer.ours)
    many, few = in_turns(_work(ours, request, 200), _work(ours, request, 16))
    return [rates("crowd", "the rate with 200 connections beside that with 16", many, few, 0.9)]


# The order of customer 2; the user of these rows is that customer.
CUSTOMERS_ORDER = 1
