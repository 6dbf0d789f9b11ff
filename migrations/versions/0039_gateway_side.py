"""What is odd at the gateway costs nothing else its turn, and what it shows later is kept."""

from migrations.plain import run_beside

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
