"""Orders that had no end get one: those of called-off bookings, and those of which a rest is written off."""

from migrations.plain import run_beside

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
