"""What the dashboard counts."""

from migrations.plain import run_beside

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
