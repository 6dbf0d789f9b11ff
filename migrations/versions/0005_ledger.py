"""Wallets, points and cashback on a double-entry ledger."""

from migrations.plain import run_beside

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
