"""Passwords that open one session: the first administrator's."""

from migrations.plain import run_beside

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
