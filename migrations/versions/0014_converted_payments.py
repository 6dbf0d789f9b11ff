"""What the gateway shows of payments in other currencies than EGP, which it converts, and the rates that staff expect."""

from migrations.plain import run_beside

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
