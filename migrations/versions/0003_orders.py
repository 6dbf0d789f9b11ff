"""Orders, their items, and the invoices that issuing them makes."""

from migrations.plain import run_beside

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
