"""Whose mails are whose, for who closes their account or takes their data along."""

from migrations.plain import run_beside

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
