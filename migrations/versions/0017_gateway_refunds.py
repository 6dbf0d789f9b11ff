"""What the gateway lists of refunds, which decides about ours and shows those made in its dashboard."""

from migrations.plain import run_beside

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
