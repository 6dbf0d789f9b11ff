"""Brings a database to the newest schema. Imported only where migrating is the job: Alembic is slow to import."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from pg8000 import dbapi
from pg8000.exceptions import Error
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from lib.config import ConfigurationError
from lib.db.connect import open_connection


def _connection() -> dbapi.Connection:
    try:
        return open_connection()
    except (Error, OSError) as error:
        raise ConfigurationError(f"The database can't be reached: {error}") from error


def migrate(say: Callable[[str], None]) -> None:
    """Run every revision that the database lacks; `say` is told of each. Safe to run twice and at once.

    Raises ConfigurationError where there is no database to be reached.
    """
    alembic = Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent))
    alembic.set_main_option("path_separator", "os")
    engine = create_engine("postgresql+pg8000://", creator=_connection, poolclass=NullPool)
    with engine.connect() as connection:
        script = ScriptDirectory.from_config(alembic)
        before = MigrationContext.configure(connection).get_current_revision()
        connection.rollback()
        for revision in reversed(list(script.iterate_revisions("head", before or "base"))):
            say(f"migrating: {revision.revision} {revision.doc}")
        alembic.attributes["connection"] = connection
        command.upgrade(alembic, "head")
    engine.dispose()
