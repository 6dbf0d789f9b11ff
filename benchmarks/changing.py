"""Rows about changes: whole flows, webhooks and logins."""

import itertools
from collections.abc import Callable

from benchmarks.figures import Figure, rates
from benchmarks.flows import WEBHOOK, System, require_same
from benchmarks.load import Connection, Measured, Request, each, in_turns, wrk
from benchmarks.people import CUSTOMERS, User, login
from benchmarks.servers import Server

AT_ONCE = 8
FLOWS, WEBHOOKS, LOGINS = 160, 320, 96


def _systems(servers: tuple[Server, Server], token: str, customers: list[User]) -> list[System]:
    return [System(servers[0].port, servers[1].port, token, customer.id) for customer in customers[:AT_ONCE]]


class Both:
    """Ours (the functions for orders and webhooks) and the peer, each with connections for customers of their own."""

    def __init__(self, orders: Server, webhooks: Server, peer: Server, staff: User, customers: list[User]) -> None:
        self.servers = ((orders, webhooks), (peer,))
        self.systems = (
            _systems((orders, webhooks), staff.ours, customers),
            _systems((peer, peer), staff.peers, customers),
        )

    def compare(self) -> None:
        """Exit where the answers of one whole flow differ."""
        for step, ours, peers in zip(
            ("a new order", "an issued order", "a payment", "a webhook"),
            self.systems[0][0].flow(),
            self.systems[1][0].flow(),
            strict=True,
        ):
            require_same(step, ours, peers, own=True)

    def work(self, number: int, jobs: Callable[[], list[Callable[[], object]]]) -> Measured:
        """What these pieces of work cost one of the two."""
        return each(self.servers[number], jobs(), AT_ONCE)


def _shared_out(systems: list[System], do: Callable[[System, int], object], times: int) -> list[Callable[[], object]]:
    """Pieces of work for `each`, of which none shares a connection with another that is under way."""
    free = list(systems)

    def one(number: int) -> None:
        system = free.pop()
        do(system, number)
        free.append(system)

    return [lambda number=number: one(number) for number in range(times)]  # type: ignore[misc]


def flow(both: Both) -> list[Figure]:
    """Create, issue, pay, webhook."""
    both.compare()

    def round_of(number: int) -> Callable[[], Measured]:
        return lambda: both.work(number, lambda: _shared_out(both.systems[number], lambda one, _: one.flow(), FLOWS))

    our, its = in_turns(round_of(0), round_of(1))
    return [rates("create → issue → pay → webhook, whole flows", our, its, 3)]


def webhook(both: Both) -> list[Figure]:
    """The webhook that settles a payment, and the same once more."""
    both.compare()
    settled: dict[int, Request] = {}

    def settling(number: int) -> Callable[[], Measured]:
        def work() -> Measured:
            opened: list[Request] = []
            each(
                both.servers[number],
                _shared_out(both.systems[number], lambda one, _: opened.append(one.opened()[1]), WEBHOOKS),
                AT_ONCE,
            )
            settled[number] = opened[0]
            return both.work(
                number, lambda: _shared_out(both.systems[number], lambda one, index: one.settle(opened[index]), WEBHOOKS)
            )

        return work

    def repeated(number: int) -> Callable[[], Measured]:
        return lambda: wrk(both.servers[number][-1], [settled[number]], 16, 3)

    first = in_turns(settling(0), settling(1))
    answers = [Connection(both.servers[number][-1].port).send(settled[number]) for number in (0, 1)]
    require_same("a repeated webhook", *answers, own=True)
    second = in_turns(repeated(0), repeated(1))
    return [
        rates(f"`POST {WEBHOOK}` that settles", first[0], first[1], 2.5),
        rates("the same webhook again, 16 connections", second[0], second[1], 6),
    ]


def logging_in(ours: Server, peer: Server) -> list[Figure]:
    """Logins of different customers, who bought nothing in other rows: the peer gives no points for it."""
    require_same(
        "a login", Connection(ours.port).send(login(CUSTOMERS)), Connection(peer.port).send(login(CUSTOMERS)), own=True
    )

    def round_of(server: Server) -> Callable[[], Measured]:
        free = [Connection(server.port) for _ in range(AT_ONCE)]
        numbers = itertools.cycle(range(AT_ONCE + 1, CUSTOMERS + 1))

        def one() -> None:
            connection = free.pop()
            connection.send(login(next(numbers)))
            free.append(connection)

        return lambda: each([server], [one] * LOGINS, AT_ONCE)

    our, its = in_turns(round_of(ours), round_of(peer))
    return [rates("login: argon2id (7 MiB, 5, 1) beside bcrypt (10)", our, its, 3)]
