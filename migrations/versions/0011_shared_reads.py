"""Views and functions that several reads use: sessions, profiles, invoices, and the rows that the purge removes."""

from migrations.plain import run_beside

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_beside(__file__)
