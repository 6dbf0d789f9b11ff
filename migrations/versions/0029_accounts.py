"""The state of an account, its card number, whom it is assigned to, and what finds it."""

from migrations.plain import run_beside

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
