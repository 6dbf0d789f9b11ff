"""What all workers of a run share: one server with a migrated template. Each worker's database is a copy of it."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from local.database import embedded_postgres
from tests.support.database import drop_what_is_left, run, scratch_database
from tests.support.folders import server_folder

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Shared:
    """A server's URL, and the name of the template on it. Nobody connects to a template, or it could not be copied."""

    server_url: str
    template: str


@contextlib.contextmanager
def sharing() -> Iterator[Shared]:
    """The server that DATABASE_URL names, or one that is stopped at the end. The run leaves nothing on either."""
    with contextlib.ExitStack() as stack:
        server_url = os.environ.get("DATABASE_URL") or stack.enter_context(_own_server())
        stack.callback(drop_what_is_left, server_url)
        template_url = stack.enter_context(scratch_database(server_url))
        _migrate(template_url)
        yield Shared(server_url, urlsplit(template_url).path[1:])


@contextlib.contextmanager
def _own_server() -> Iterator[str]:
    with server_folder() as folder, embedded_postgres(folder) as url:
        # Nobody wants a test's rows back after a power cut.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            run(url, f"alter system set {setting} = off")
        run(url, "select pg_reload_conf()")
        yield url


def _migrate(url: str) -> None:
    """Migrate in a separate process, so that no connection and no settings stay in this one."""
    environment = {**os.environ, "DATABASE_URL": url}
    done = subprocess.run(
        [sys.executable, "-m", "admin", "migrate"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
