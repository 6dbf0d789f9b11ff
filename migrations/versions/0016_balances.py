"""Debts that are paid by whatever comes in, totals of points, and when cashback is due."""

from migrations.plain import run_beside

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
