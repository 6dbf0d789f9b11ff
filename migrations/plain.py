"""Revisions are plain SQL. A revision's Python file only has its place in the chain, and runs the .sql file beside it."""

from pathlib import Path

from alembic import op


def run_beside(revision: str) -> None:
    """Run the SQL file with the same name as this Python file."""
    op.get_bind().exec_driver_sql(Path(revision).with_suffix(".sql").read_text(encoding="utf-8"))
