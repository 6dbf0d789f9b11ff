"""How many customers the next batch of verifying the ledger has."""

from migrations.plain import run_beside

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
