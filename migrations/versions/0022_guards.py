"""Guards of the ledger and of bookings' history that ask who acts, and posting as the schema's owner."""

from migrations.plain import run_beside

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
