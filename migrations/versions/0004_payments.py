"""Payments, and what the gateway has told us."""

from migrations.plain import run_beside

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
