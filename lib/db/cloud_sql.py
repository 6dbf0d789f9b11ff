"""Connections through Google's connector: mutual TLS with a certificate that lives for an hour.

Only instances in the cloud import this: it brings aiohttp and cryptography.
"""

import asyncio
import functools
import importlib.util
import socket
import sys
import threading
from collections.abc import Mapping
from typing import Any

from pg8000 import dbapi


def _import_on_first_use(package: str, name: str) -> None:
    spec = importlib.util.find_spec(f"{package}.{name}")
    if spec is None or spec.loader is None or spec.name in sys.modules:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    setattr(sys.modules[package], name, module)


# The connector imports this client for a service that an instance with an address does not use. It is a third of what
# importing the connector costs (`python -m benchmarks.cold_start`).
_import_on_first_use("google.cloud", "sqladmin_v1beta4")

from google.cloud.sql.connector import Connector  # noqa: E402 - it has to find the client that waits for its first use

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
