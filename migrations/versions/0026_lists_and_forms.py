"""Lists and forms as the app's screens read and send them."""

from migrations.plain import run_beside

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
