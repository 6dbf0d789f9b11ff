"""Free ports, for servers that a test starts and that can't choose a port by themselves and report it."""

import contextlib
import fcntl
import secrets as randomness
import socket
from collections.abc import Iterator
from typing import IO

from tests.support.folders import common_folder

# Below the range from which the system chooses when a program asks for any free port.
_PORTS = range(20_000, 32_000)


@contextlib.contextmanager
def own_port() -> Iterator[int]:
    """A free port of this machine. Until the end no other worker or run gets it from here."""
    folder = common_folder()
    while True:
        port = randomness.choice(_PORTS)
        with (folder / f"port-{port}").open("w") as lock:
            if _try_lock(lock) and _is_free(port):
                yield port
                return


def _try_lock(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as listener:
        # Servers set this too: a port counts as free if its closed connections are only in TIME_WAIT.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
