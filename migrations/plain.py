"""Revisions are plain SQL: each Python file here only names its place in the chain and runs the .sql beside it."""

from pathlib import Path

from alembic import op


def run_beside(revision: str) -> None:
    """Run the SQL file that stands beside the revision's Python file, as it is."""
    op.get_bind().exec_driver_sql(Path(revision).with_suffix(".sql").read_text(encoding="utf-8"))
