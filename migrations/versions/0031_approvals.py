"""What is large and done by hand waits for another administrator."""

from migrations.plain import run_beside

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
