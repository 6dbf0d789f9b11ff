"""Verifies that accounts, transactions, lots, holds, orders, payments, cashback and refunds agree with each other.

Every row belongs to one customer, so they are verified in batches of customers, which have a bounded number of entries. A
batch is one statement and reads one snapshot, so changes that are made at the same time can't cause a false alarm.
"""

from dataclasses import dataclass
from uuid import UUID

from lib import db
from lib.ledger.checks import CHECKS

BATCH = 500
# A statement's time depends on the entries that it reads. One customer may have more; they are a batch of their own.
ENTRIES_IN_A_BATCH = 50_000

# `:checks` is replaced by the selects of `lib/ledger/checks`.
_FRAME = """
with batch as materialized (
    select user_id
    from (select user_id, row_number() over ordered as place, sum(entries) over ordered as entries
          from (select u.id as user_id,
                       coalesce((select sum(a.entries) from ledger_accounts a where a.user_id = u.id), 0) as entries
                from users u where u.id > coalesce(:after::uuid, '00000000-0000-0000-0000-000000000000')
                order by u.id limit :size::integer) next_ones
          window ordered as (order by user_id)) counted
    where place = 1 or entries <= :most_entries::bigint
), moved as materialized (
    select t.user_id, t.id as transaction_id, t.key, t.kind, t.order_id, t.payment_id, a.kind as account, a.currency,
           e.amount
    from batch join ledger_transactions t using (user_id)
    join ledger_entries e on e.transaction_id = t.id join ledger_accounts a on a.id = e.account_id
), disagreements (what, id, expected, found) as (
    :checks
)
select (select count(*) from batch) as customers,
       (select user_id from batch order by user_id desc limit 1) as last_user_id,
       (select coalesce(json_agg(json_build_object('what', what, 'id', id, 'expected', expected, 'found', found)), '[]')
        from disagreements) as disagreements
"""
_VERIFY = _FRAME.replace(":checks", " union all ".join(f"({check})" for check in CHECKS))


@dataclass(frozen=True)
class Disagreement:
    """A row that disagrees with other rows."""

    what: str
    id: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.what}: {self.id} should be {self.expected}, is {self.found}"


@dataclass(frozen=True)
class Verified:
    """The result of one batch: how many customers it had, the last of them, and the rows that disagree."""

    customers: int
    last_user_id: UUID | None
    disagreements: list[Disagreement]


@dataclass(frozen=True, kw_only=True)
class _Batch:
    customers: int
    last_user_id: UUID | None
    disagreements: list[dict[str, str]]


def verify_batch(after_user_id: UUID | None, size: int = BATCH, most_entries: int = ENTRIES_IN_A_BATCH) -> Verified:
    """Verify the next customers after this one, in the order of their ids; after None: the first ones.

    At most `size` customers, and as many as have `most_entries` entries together, but at least one.
    """
    batch = db.read.one(_Batch, _VERIFY, after=after_user_id, size=size, most_entries=most_entries)
    disagreements = [Disagreement(**wrong) for wrong in batch.disagreements]
    return Verified(batch.customers, batch.last_user_id, disagreements)
