"""The database of the benchmarks: DATABASE_URL, or an embedded PostgreSQL with its data in .bench."""

import contextlib
import os
import secrets as randomness
from collections.abc import Iterator
from pathlib import Path

from local.database import embedded_postgres
from migrations.runner import migrate

FOLDER = Path(".bench")


@contextlib.contextmanager
def large_database() -> Iterator[None]:
    """Migrate the database and let `lib` use it. Its data stay for the next run."""
    with contextlib.ExitStack() as stack:
        if "DATABASE_URL" not in os.environ:
            FOLDER.mkdir(exist_ok=True)
            os.environ["DATABASE_URL"] = stack.enter_context(embedded_postgres(FOLDER.resolve() / "postgres"))
        os.environ.setdefault("JWT_SECRET_KEY", randomness.token_hex(32))
        migrate(print)
        yield
