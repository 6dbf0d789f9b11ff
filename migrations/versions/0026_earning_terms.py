"""The terms at which an order earned, so that what it earned can be proven later."""

from migrations.plain import run_beside

revision = "0026"
down_revision = "0023"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
