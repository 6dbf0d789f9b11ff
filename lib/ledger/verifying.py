"""Verifies that accounts, transactions, lots, holds, orders, payments, cashback and refunds agree with each other.

Every row belongs to one customer, so they are verified in batches of customers, which have a bounded number of entries. A
batch is one statement and reads one snapshot, so changes that are made at the same time can't cause a false alarm.
"""

from dataclasses import dataclass
from uuid import UUID

from lib import db

BATCH = 500
# A statement's time depends on the entries that it reads. One customer may have more; they are a batch of their own.
ENTRIES_IN_A_BATCH = 50_000

# Each select lists the rows of these customers that disagree: what is wrong, the id, the expected value, the value found.
_VERIFY = """
with batch as materialized (
    select user_id
    from (select user_id, row_number() over ordered as place, sum(entries) over ordered as entries
          from (select w.user_id,
                       coalesce((select sum(a.entries) from ledger_accounts a where a.user_id = w.user_id), 0) as entries
                from wallets w where w.user_id > coalesce(:after::uuid, '00000000-0000-0000-0000-000000000000')
                order by w.user_id limit :size::integer) next_ones
          window ordered as (order by user_id)) counted
    where place = 1 or entries <= :most_entries::bigint
), disagreements (what, id, expected, found) as (
    (
        select 'an account is not the sum of its entries', a.id, coalesce(e.total, 0)::text, a.balance::text
        from batch join ledger_accounts a using (user_id)
        left join lateral (
            select sum(amount) as total, count(*) as number from ledger_entries where account_id = a.id) e on true
        where a.balance <> coalesce(e.total, 0) or a.entries <> coalesce(e.number, 0)
    )
    union all
    (
        select 'an entry does not follow from the one before it', id, running::text, balance_after::text from (
            select e.id, e.balance_after, e.number, sum(e.amount) over ordered as running, row_number() over ordered as place
            from batch join ledger_accounts a using (user_id) join ledger_entries e on e.account_id = a.id
            window ordered as (partition by e.account_id order by e.number)) entries
        where balance_after <> running or number <> place
    )
    union all
    (
        select 'a transaction does not sum to zero', t.id, '0', coalesce(sum(e.amount)::text, 'no entries')
        from batch join ledger_transactions t using (user_id)
        left join ledger_entries e on e.transaction_id = t.id
        left join ledger_accounts a on a.id = e.account_id
        group by t.id, t.user_id, a.currency
        having coalesce(sum(e.amount) <> 0, true) or bool_or(a.user_id <> t.user_id)
    )
    union all
    (
        select 'points are not what is left in their lots', batch.user_id, lots.points::text, coalesce(a.balance, 0)::text
        from batch
        left join ledger_accounts a on a.user_id = batch.user_id and a.kind = 'POINTS'
        cross join lateral (
            select coalesce(sum(points_left), 0) as points from points_lots l where l.user_id = batch.user_id) lots
        where coalesce(a.balance, 0) <> lots.points
    )
    union all
    (
        select 'a lot is not what its uses have left', l.id, (l.points - coalesce(sum(u.points), 0))::text,
               l.points_left::text
        from batch join points_lots l using (user_id) left join points_lot_uses u on u.lot_id = l.id
        group by l.id having l.points - coalesce(sum(u.points), 0) <> l.points_left
    )
    union all
    (
        select 'what is held is not what orders hold', batch.user_id, held.amount || ' of ' || s.source,
               coalesce(a.balance, 0) || ' of ' || s.source
        from batch cross join (values ('POINTS'), ('CASHBACK'), ('WALLET')) as s (source)
        left join ledger_accounts a on a.user_id = batch.user_id and a.kind = s.source || '_HELD'
        cross join lateral (
            select coalesce(sum(case h.source when 'POINTS' then h.points else h.amount end), 0) as amount
            from holds h where h.user_id = batch.user_id and h.state = 'HELD' and h.source = s.source) held
        where coalesce(a.balance, 0) <> held.amount
    )
    union all
    (
        select 'an order was not paid as the ledger says', o.id, coalesce(sum(e.amount), 0)::text,
               (o.amount_paid - o.amount_refunded)::text
        from batch join orders o using (user_id)
        left join ledger_accounts a on a.user_id = o.user_id and a.kind = 'SALES' and a.currency = o.currency
        left join ledger_transactions t on t.order_id = o.id
        left join ledger_entries e on e.transaction_id = t.id and e.account_id = a.id
        group by o.id having o.amount_paid - o.amount_refunded <> coalesce(sum(e.amount), 0)
    )
    union all
    (
        select 'an order was not paid as its payments say', o.id,
               (p.applied + h.spent - r.refunded)::text, (o.amount_paid - o.amount_refunded)::text
        from batch join orders o using (user_id)
        cross join lateral (select coalesce(sum(applied_amount), 0) as applied from payments where order_id = o.id) p
        cross join lateral (
            select coalesce(sum(amount), 0) as spent from holds where order_id = o.id and state = 'SPENT') h
        cross join lateral (
            select coalesce(sum(amount), 0) as refunded from refunds
            where order_id = o.id and status = 'COMPLETED' and payment_id is null) r
        where o.amount_paid - o.amount_refunded <> p.applied + h.spent - r.refunded
    )
    union all
    (
        select 'a payment did not receive what the ledger says', p.id,
               coalesce(sum(e.amount) filter (where t.kind = 'RECEIVE' and a.kind = 'UNAPPLIED'
                                                and a.currency = p.received_currency), 0)::text,
               coalesce(p.received_amount, 0)::text
        from batch join payments p using (user_id)
        left join ledger_transactions t on t.payment_id = p.id and t.kind = 'RECEIVE'
        left join ledger_entries e on e.transaction_id = t.id
        left join ledger_accounts a on a.id = e.account_id
        group by p.id
        having coalesce(sum(e.amount) filter (where t.kind = 'RECEIVE' and a.kind = 'UNAPPLIED'
                                                and a.currency = p.received_currency), 0)
            <> case when is_settled(p) then coalesce(p.received_amount, 0) else 0 end
    )
    union all
    (
        select 'a payment does not count for its order what the ledger says', p.id, coalesce(sum(e.amount), 0)::text,
               p.applied_amount::text
        from batch join payments p using (user_id)
        left join ledger_transactions t on t.payment_id = p.id and t.kind = 'APPLY'
        left join ledger_accounts a on a.user_id = p.user_id and a.kind = 'SALES' and a.currency = p.currency
        left join ledger_entries e on e.transaction_id = t.id and e.account_id = a.id
        group by p.id having p.applied_amount <> coalesce(sum(e.amount), 0)
    )
    union all
    (
        select 'a settled payment is not what its gateway invoice says', p.id,
               p.amount || ' ' || p.currency,
               concat_ws(' ', coalesce(p.gateway_invoice_id, 'no invoice'), p.received_amount, p.received_currency)
        from batch join payments p using (user_id)
        where is_settled(p)
          and p.payment_type <> 'MANUAL' and p.payment_method <> 'BALANCE'
          and (p.gateway_invoice_id is null
               or p.review_reason is null
                  and (p.received_amount, p.received_currency) is distinct from (p.amount, p.currency))
    )
    union all
    (
        select 'cashback was not credited as the ledger says', user_id, records.credited::text,
               (-coalesce(a.balance, 0))::text
        from (select user_id, c.currency, sum(c.cashback_amount - c.taken_back) as credited
              from batch join cashback_records c using (user_id)
              where c.status = 'CREDITED' group by user_id, c.currency) records
        full join (select user_id, currency, balance from batch join ledger_accounts using (user_id)
                   where kind = 'CASHBACK_COST') a using (user_id, currency)
        where coalesce(records.credited, 0) <> -coalesce(a.balance, 0)
    )
    union all
    (
        select 'a refund was not posted as it was decided', r.id, r.amount::text,
               coalesce(sum(f.amount) filter (where t.id is not null), 0)::text
        from batch join refunds r using (user_id)
        left join refund_parts f on f.refund_id = r.id
        left join ledger_transactions t on t.key = 'refund:' || r.id || ':' || f.id
        group by r.id
        having coalesce(sum(f.amount) filter (where t.id is not null), 0)
            <> case r.status when 'COMPLETED' then r.amount else 0 end
    )
)
select (select count(*) from batch) as customers,
       (select user_id from batch order by user_id desc limit 1) as last_user_id,
       (select coalesce(json_agg(json_build_object('what', what, 'id', id, 'expected', expected, 'found', found)), '[]')
        from disagreements) as disagreements
"""


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
