"""Bookings, and the items of theirs that orders keep."""

from migrations.plain import run_beside

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
