"""A username is text wherever staff read it, and a changed e-mail address is told."""

from migrations.plain import run_beside

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
