"""How often pages and unsigned events make the gateway be asked about a payment, and what it last told of a currency."""

from migrations.plain import run_beside

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
