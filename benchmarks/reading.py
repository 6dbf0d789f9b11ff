"""Rows about reads: one order, a list, many connections, and the framework's own hello world."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import servers
from benchmarks.figures import Figure, cpu_times, rates, times
from benchmarks.flows import require_same
from benchmarks.load import Connection, Measured, Request, in_turns, wrk
from benchmarks.people import User, order_path
from benchmarks.servers import Server

SECONDS = 3
# The order of customer 2; the user of these rows is that customer.
CUSTOMERS_ORDER = 1
_HELLO = "import functions_framework\n\n@functions_framework.http\ndef hello(request):\n    return 'Hello'\n"


def _both(path: str, customer: User) -> tuple[Request, Request]:
    return Request("GET", path, customer.ours), Request("GET", path, customer.peers)


def reads(server: Server, request: Request, connections: int, seconds: float = SECONDS) -> Callable[[], Measured]:
    """A round of one request that is repeated."""
    return lambda: wrk(server, [request], connections, seconds)


def read(ours: Server, peer: Server, customer: User) -> list[Figure]:
    """One order with three items: the rate with 16 connections, and the time of one with a single connection."""
    our_request, peer_request = _both(order_path(CUSTOMERS_ORDER), customer)
    require_same("an order", Connection(ours.port).send(our_request), Connection(peer.port).send(peer_request))
    many = in_turns(reads(ours, our_request, 16), reads(peer, peer_request, 16))
    alone = in_turns(reads(ours, our_request, 1), reads(peer, peer_request, 1))
    return [
        rates("`GET /api/orders/{id}`, three items, 16 connections", many[0], many[1], 6),
        times("the same, p50 at one connection", alone[0], alone[1], 0.25),
    ]


def hello(ours: Server, customer: User) -> list[Figure]:
    """The CPU of that read beside functions-framework's own threaded hello world."""
    request = Request("GET", order_path(CUSTOMERS_ORDER), customer.ours)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "main.py"
        source.write_text(_HELLO, encoding="utf-8")
        with servers.framework("hello", source, {"THREADS": servers.sizes("orders")["THREADS"]}) as framework:
            our, its = in_turns(reads(ours, request, 16), reads(framework, Request("GET", "/"), 16))
    return [cpu_times("worker CPU of that read, beside functions-framework's own threaded hello world", our, its, 1.2)]


def listing(ours: Server, peer: Server, customer: User) -> list[Figure]:
    """A customer's 20 orders."""
    our_request, peer_request = _both("/api/orders/me?limit=20", customer)
    require_same("a list", Connection(ours.port).send(our_request), Connection(peer.port).send(peer_request))
    our, its = in_turns(reads(ours, our_request, 16), reads(peer, peer_request, 16))
    return [rates("`GET /api/orders/me`, 20 orders, 16 connections", our, its, 6)]


def crowd(ours: Server, customer: User) -> list[Figure]:
    """The rate with 200 connections beside that with 16."""
    request = Request("GET", order_path(CUSTOMERS_ORDER), customer.ours)
    many, few = in_turns(reads(ours, request, 200), reads(ours, request, 16))
    return [rates("that read with 200 connections, beside 16", many, few, 0.9)]
