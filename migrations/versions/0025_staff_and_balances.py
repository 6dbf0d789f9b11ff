"""Points and cashback that staff add and remove, and withdrawals of cashback that wait for a decision."""

from migrations.plain import run_beside

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
