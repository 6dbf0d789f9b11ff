"""Refunds, their parts, and the credit notes they make."""

from migrations.plain import run_beside

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
