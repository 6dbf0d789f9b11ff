"""Points that come back have their expiry put off once by holds, more points wait; lists of staff are read by index."""

from migrations.plain import run_beside

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
