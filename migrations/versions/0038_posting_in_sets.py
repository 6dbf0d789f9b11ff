"""Transactions of a customer are posted in sets, and a tier is read off running balances."""

from migrations.plain import run_beside

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
