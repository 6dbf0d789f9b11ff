"""How often return pages, and events that nobody signed, make the gateway be asked about a payment."""

from migrations.plain import run_beside

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
