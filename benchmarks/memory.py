"""Row memory: what a server's processes hold after mixed requests, and whether that goes on growing.

The mix is that of docs/scale.md: of 20 requests 12 read an order, 5 read a list, and 3 make, issue and pay an order.
"""

import itertools
from collections.abc import Callable, Sequence

from benchmarks import servers
from benchmarks.figures import Figure, rounds
from benchmarks.flows import System
from benchmarks.load import ROUNDS, Connection, Request, at_once
from benchmarks.people import CUSTOMERS, ORDERS_EACH, User, order_path
from benchmarks.servers import Server

AT_ONCE = 16
_READS, _LISTS, _MIX = 12, 5, 20
STEP, COMPARED, LAST = 5_000, 10_000, 50_000
# Allocators keep a page here and there, in either direction; a leak of 100 bytes a request would be 4 MiB.
MOST_GROWTH = 2.0


class _Client:
    """One connection that sends the mix as one user after the other, and makes orders as staff."""

    def __init__(self, server: Server, tokens: Sequence[str], staff: str, customer: User) -> None:
        self._connection = Connection(server.port)
        self._system = System(server.port, server.port, staff, customer.id)
        self._tokens = tokens

    def send(self, paths: Sequence[str], first: int) -> None:
        """The mix once; `first` says with which order it begins."""
        for number in range(first, first + _READS):
            order = number % len(paths)
            token = self._tokens[(order + 1) % CUSTOMERS]
            self._connection.send(Request("GET", paths[order], token))
        for number in range(first, first + _LISTS):
            self._connection.send(Request("GET", "/api/orders/me?limit=20", self._tokens[number % CUSTOMERS]))
        self._system.opened()


def _held(server: Server, tokens: Sequence[str], staff: str, customers: Sequence[User], last: int) -> list[float]:
    """The MiB that a server holds after each STEP of its requests."""
    clients = [_Client(server, tokens, staff, customer) for customer in customers[:AT_ONCE]]
    paths = [order_path(number) for number in range(1, CUSTOMERS * ORDERS_EACH + 1)]
    numbers = itertools.count(step=_READS)

    def mix() -> None:
        client = clients.pop()
        client.send(paths, next(numbers))
        clients.append(client)

    held = []
    for _ in range(last // STEP):
        at_once([mix] * (STEP // _MIX), AT_ONCE)
        held.append(server.memory())
    return held


def row(staff: User, customers: Sequence[User]) -> list[Figure]:
    """Ours beside the peer, each alone on the machine but for the gateway, and growth of ours."""

    def ours() -> list[float]:
        with servers.function("orders") as server:
            return _held(server, [one.ours for one in customers], staff.ours, customers, LAST)

    def peers() -> list[float]:
        with servers.peer() as server:
            return _held(server, [one.peers for one in customers], staff.peers, customers, COMPARED)

    return figures(*_in_turns(ours, peers))


def _in_turns(*works: Callable[[], list[float]]) -> list[list[list[float]]]:
    done = [[work() for work in works] for _ in range(ROUNDS)]
    return [list(rounds_of) for rounds_of in zip(*done, strict=True)]


def figures(ours: list[list[float]], peers: list[list[float]]) -> list[Figure]:
    """The figures of what was held after each STEP, in each round."""
    at = COMPARED // STEP - 1
    return [
        Figure(
            what="memory (PSS) after 10,000 mixed requests",
            ours=rounds("MiB", (held[at] for held in ours)),
            beside=rounds("MiB", (held[at] for held in peers)),
            bar=1,
            details={"step": STEP, "ours": ours, "peer": peers},
        ),
        Figure(
            what="its growth from request 5,000 to 50,000",
            ours=rounds("MiB", (held[-1] - held[0] for held in ours)),
            bar=MOST_GROWTH,
        ),
    ]
