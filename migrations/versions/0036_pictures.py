"""Pictures of people: whose they are, and when their files go."""

from migrations.plain import run_beside

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
