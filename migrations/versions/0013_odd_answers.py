"""What is kept of answers of the gateway that can't be read, and how long rows with such answers wait."""

from migrations.plain import run_beside

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
