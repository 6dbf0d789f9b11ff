"""What every other table leans on: money, numbers, append-only tables, the audit log, idempotency keys."""

from migrations.plain import run_beside

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
