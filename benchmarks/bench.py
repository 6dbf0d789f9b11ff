"""The servers and people of one run."""

import contextlib
import os
import re

from benchmarks import changing, database, people, reading, servers


class Bench:
    """One run: the database that both systems answer about, and their servers, each started when a row first needs it."""

    def __init__(self, stack: contextlib.ExitStack, server_url: str) -> None:
        self.server_url = server_url
        self._servers = stack.enter_context(contextlib.ExitStack())
        self._started: dict[str, servers.Server] = {}
        url = stack.enter_context(database.using(server_url, "bench", anew=True))
        os.environ["PEER_DATABASE_URL"] = re.sub(r"^postgres(ql)?(\+\w+)?:", "postgresql+psycopg2:", url)
        people.add_users(people.CUSTOMERS)
        people.add_orders(1, people.CUSTOMERS * people.ORDERS_EACH, people.CUSTOMERS)
        people.copy_to_peer()
        stack.enter_context(servers.gateway())
        self.staff, *self.customers = [people.user(number) for number in range(people.CUSTOMERS + 1)]

    def server(self, name: str) -> servers.Server:
        """One of our functions, or the peer."""
        if name not in self._started:
            start = servers.peer() if name == "peer" else servers.function(name)
            self._started[name] = self._servers.enter_context(start)
        return self._started[name]

    def stop_servers(self) -> None:
        """Stop what `server` started, for a row that measures servers of its own."""
        self._servers.close()
        self._started.clear()

    @property
    def reader(self) -> people.User:
        """The customer of the order that is read."""
        return self.customers[reading.CUSTOMERS_ORDER]

    def both(self) -> changing.Both:
        """Both systems for changes."""
        orders, webhooks, peer = (self.server(name) for name in ("orders", "payments_webhook", "peer"))
        return changing.Both(orders, webhooks, peer, self.staff, self.customers)
