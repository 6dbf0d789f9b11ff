"""The second factor of staff."""

from migrations.plain import run_beside

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
