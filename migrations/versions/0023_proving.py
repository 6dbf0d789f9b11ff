"""The terms at which an order earned, and points that are taken as they expire."""

from migrations.plain import run_beside

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
