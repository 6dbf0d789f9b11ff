"""Bookings show what is due of them, and the card number of their customer."""

from migrations.plain import run_beside

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
