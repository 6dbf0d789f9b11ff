"""Points of what was paid by hand wait for the refund window."""

from migrations.plain import run_beside

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
