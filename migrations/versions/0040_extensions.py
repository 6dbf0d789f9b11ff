"""Points that come back have their expiry put off once, however often they are held."""

from migrations.plain import run_beside

revision = "0040"
down_revision = "0038"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
