"""Connections through Google's connector: mutual TLS with a certificate that lives for an hour.

Only instances in the cloud import this: it brings aiohttp and cryptography.
"""

import asyncio
import functools
import socket
import sys
import threading
import types
from collections.abc import Mapping
from typing import Any

from pg8000 import dbapi


def _leave_out(name: str, *classes: str) -> None:
    """Let a module that is imported later be one whose classes nobody can use."""
    module = types.ModuleType(name)
    vars(module).update({one: type(one, (), {}) for one in classes})
    sys.modules[name] = module


# A way to connect (`IPTypes.SQL_DATA`) that an instance with an address does not use. The gRPC and the API clients that it
# brings are a fifth of what importing the connector costs.
_leave_out("google.cloud.sql.connector.sqldata_client", "SqlDataClient", "SqlDataSocket")

from google.cloud.sql.connector import Connector  # noqa: E402 - it has to find what is left out

# For certificate, address, TLS and login together. The first connection of an instance also makes a key.
OPEN_SECONDS = 10

# Without this lock, threads that start at the same moment would each make a connector, and all but one would leak.
_making = threading.Lock()


def connect(instance: str, address: str, socket_seconds: int, login: Mapping[str, Any]) -> dbapi.Connection:
    """A new connection to the instance at its `address` (private or public). Raises TimeoutError and what the driver raises.

    Opening it and every later read on it fail once the server has been silent for `socket_seconds`.
    """
    with _making:
        loop, connector = _connector(address, socket_seconds)
    opening = asyncio.run_coroutine_threadsafe(connector.connect_async(instance, "pg8000", **login), loop)
    try:
        connection: dbapi.Connection = opening.result(OPEN_SECONDS)
    except TimeoutError:
        opening.cancel()
        raise
    return connection


@functools.cache
def _connector(address: str, socket_seconds: int) -> tuple[asyncio.AbstractEventLoop, Connector]:
    # The connector sets no time limit when it connects, and its socket for the driver has none either. This default does
    # not change the sockets of libraries that set their own limits (requests, gunicorn, aiohttp).
    socket.setdefaulttimeout(socket_seconds)
    loop = asyncio.new_event_loop()
    # Lazy refresh, because an instance has no CPU between requests and a refresh in the background would never run.
    connector = Connector(ip_type=address, refresh_strategy="lazy", timeout=OPEN_SECONDS, loop=loop)
    threading.Thread(target=loop.run_forever, name="cloud-sql-connector", daemon=True).start()
    return loop, connector
