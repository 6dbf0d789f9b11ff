"""Row pages: lists of orders among 1,000,000 of them, beside 1,000. Both databases stay for the next run."""

import contextlib
from dataclasses import dataclass

from benchmarks import database, people, servers
from benchmarks.figures import Figure, times
from benchmarks.load import Request, in_turns, later_page
from benchmarks.people import ORDERS_EACH, User
from benchmarks.reading import reads
from benchmarks.servers import Server
from lib import db

FEW, MANY = 1_000, 1_000_000
LATE_PAGE = 10_000
BAR = 1.3
_BATCH = 50_000
_ALL = "/api/orders?limit=20"
_OWN = "/api/orders/me?limit=20"


@dataclass(frozen=True)
class Shop:
    """A function that answers about so many orders, and two who ask it."""

    server: Server
    staff: User
    customer: User


def _fill(url: str, orders: int) -> None:
    """Make the orders of a new database, 20 of each customer."""
    customers = orders // ORDERS_EACH
    people.add_users(customers)
    for first in range(1, orders + 1, _BATCH):
        people.add_orders(first, min(first + _BATCH - 1, orders), customers)
    database.run(url, "vacuum analyze")


def _opened(stack: contextlib.ExitStack, server_url: str, orders: int) -> Shop:
    name = f"bench_{orders}_orders"
    with database.using(server_url, name):
        is_whole = db.read.value(int, "select count(*) from orders") == orders
    with database.using(server_url, name, anew=not is_whole) as url:
        if not is_whole:
            print(f"Making {orders:,} orders ...", flush=True)
            _fill(url, orders)
        staff, customer = people.user(0), people.user(1)
        return Shop(stack.enter_context(servers.function("orders")), staff, customer)


def row(server_url: str) -> list[Figure]:
    """The first page and a late one, and the first page of a customer's own orders."""
    with contextlib.ExitStack() as stack:
        few, many = (_opened(stack, server_url, orders) for orders in (FEW, MANY))
        first_of_few, first, own_of_few, own = (
            Request("GET", path, user.ours)
            for path, user in ((_ALL, few.staff), (_ALL, many.staff), (_OWN, few.customer), (_OWN, many.customer))
        )
        late = later_page(many.server, first, LATE_PAGE)
        asked = (few, first_of_few), (many, first), (many, late), (few, own_of_few), (many, own)
        few_first, many_first, many_late, few_own, many_own = in_turns(
            *(reads(shop.server, request, 1) for shop, request in asked)
        )
    return [
        times("first page of 20 among 1,000,000 orders, beside 1,000", many_first, few_first, BAR),
        times("10,000th page among 1,000,000 orders, beside the first among 1,000", many_late, few_first, BAR),
        times("a customer's own 20 orders among 1,000,000, beside 1,000", many_own, few_own, BAR),
    ]
