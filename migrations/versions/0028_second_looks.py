"""Points come back with their old expiry, and at least 30 days."""

from migrations.plain import run_beside

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
