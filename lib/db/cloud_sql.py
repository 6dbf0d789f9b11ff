"""Connections through Google's connector: mutual TLS with a certificate that lives for an hour.

Only instances in the cloud import this: it brings aiohttp and cryptography.
"""

import asyncio
import functools
import socket
import threading
from collections.abc import Mapping
from typing import Any

from google.cloud.sql.connector import Connector
from pg8000 import dbapi

# The certificate, the address, TLS and the login together; the first one on an instance makes a key, too.
OPEN_SECONDS = 10

# Threads that come at once would each make a connector, and all but one of them leak.
_making = threading.Lock()


def connect(instance: str, address: str, socket_seconds: int, login: Mapping[str, Any]) -> dbapi.Connection:
    """A new connection to the instance at its `address` (private or public). Raises TimeoutError and what the driver raises.

    Whoever waits longer than `socket_seconds` for the server, on this connection or for it, is told so.
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
    # The connector dials without a time limit of its own, and hands the driver a socket that has none. What sets limits
    # for its own sockets (requests, gunicorn, aiohttp) is not touched by this.
    socket.setdefaulttimeout(socket_seconds)
    loop = asyncio.new_event_loop()
    # Lazy refresh: an instance has no CPU between requests, so a refresh in the background would never run.
    connector = Connector(ip_type=address, refresh_strategy="lazy", timeout=OPEN_SECONDS, loop=loop)
    threading.Thread(target=loop.run_forever, name="cloud-sql-connector", daemon=True).start()
    return loop, connector
