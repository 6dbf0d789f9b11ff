"""Brings a database to the newest schema. Alembic is slow to import, so only code that migrates imports this module."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from pg8000 import dbapi
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from lib.config import ConfigurationError
from lib.db.connect import open_connection


def connect() -> dbapi.Connection:
    """A connection without a time limit on reads. Raises ConfigurationError, with the cause, if there is none."""
    try:
        connection = open_connection()
    except ConfigurationError:
        raise
    except Exception as error:
        raise ConfigurationError(f"The database can't be reached: {error}") from error
    # A new index, or the wait for another migration, takes longer than the limit of other connections. The driver has no
    # public way to its socket.
    connection._usock.settimeout(None)  # noqa: SLF001
    return connection


def migrate(say: Callable[[str], None]) -> None:
    """Run every revision that the database does not have, and report each by `say`. Safe to run twice and at the same time.

    The schema of a later release is left as it is: revisions only add, so this release can use it. Raises
    ConfigurationError where the database can't be reached.
    """
    alembic = Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent))
    alembic.set_main_option("path_separator", "os")
    engine = create_engine("postgresql+pg8000://", creator=connect, poolclass=NullPool)
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(alembic)
        before = MigrationContext.configure(connection).get_current_revision()
        connection.rollback()
        if before and not _is_known(script, before):
            say(f"The schema ({before}) is of a later release than this code; nothing to migrate.")
            return
        for revision in reversed(list(script.iterate_revisions("head", before or "base"))):
            say(f"migrating: {revision.revision} {revision.doc}")
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
    engine.dispose()


def _is_known(script: ScriptDirectory, revision: str) -> bool:
    try:
        return script.get_revision(revision) is not None
    except CommandError:
        return False
