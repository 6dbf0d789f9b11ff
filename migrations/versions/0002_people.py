"""Who uses the API, their sessions, and the throttle on failed logins."""

from migrations.plain import run_beside

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
