"""Views and functions that several statements of the money core use: states, gateway refunds, posting transactions."""

from migrations.plain import run_beside

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
