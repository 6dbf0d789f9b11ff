"""Searches that fold Arabic letters, called-off orders in lists of payments, and logins that strangers can't prevent."""

from migrations.plain import run_beside

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
