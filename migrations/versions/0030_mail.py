"""The outbox of mails, and the codes that prove an e-mail address."""

from migrations.plain import run_beside

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
