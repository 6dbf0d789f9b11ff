"""Views with the JSON that the API shows of orders, bookings, payments, refunds and loyalty."""

from migrations.plain import run_beside

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
