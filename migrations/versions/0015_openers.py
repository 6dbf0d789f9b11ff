"""Who opened a payment: the customer, or staff for them."""

from migrations.plain import run_beside

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
