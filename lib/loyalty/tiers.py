"""Tiers: what a customer earned in the last 365 days decides what they earn next."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lib.db import Transaction

# A select of the points that a customer (:user_id) earned in the last 365 days, less what refunds took back.
EARNED_OF_LATE = """
    select coalesce(-sum(e.amount), 0)::bigint from ledger_accounts a
    join ledger_entries e on e.account_id = a.id and e.created_at > now() - interval '365 days'
    where a.user_id = :user_id and a.kind = 'POINTS_ISSUED'
"""
# The tier of a customer (:user_id): the highest whose threshold they reach.
TIER = f"""
    select * from tiers where threshold <= greatest(0, ({EARNED_OF_LATE})) order by threshold desc limit 1
"""  # noqa: S608 - a constant


@dataclass(frozen=True)
class Tier:
    """What a customer's orders earn; `cashback_rate` in percent."""

    code: str
    multiplier: Decimal
    cashback_rate: Decimal


def tier_of(tx: Transaction, user_id: UUID) -> Tier | None:
    """A customer's tier now; None where staff have left no tier that begins at 0 points."""
    row = tx.row(f"select code, multiplier, cashback_rate from ({TIER}) tier", user_id=user_id)  # noqa: S608 - a constant
    return Tier(*row) if row else None
