"""Orders know whether they have a payment, so that lists find those without one at once."""

from migrations.plain import run_beside

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
