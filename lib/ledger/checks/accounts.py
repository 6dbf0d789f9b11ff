"""Accounts, their entries and what they tell a customer; debts; and what staff moved at the desk."""

CHECKS = (
    """
    select 'an account is not the sum of its entries', a.id, coalesce(e.total, 0)::text, a.balance::text
    from batch join ledger_accounts a using (user_id)
    left join lateral (
        select sum(amount) as total, count(*) as number from ledger_entries where account_id = a.id) e on true
    where a.balance <> coalesce(e.total, 0) or a.entries <> coalesce(e.number, 0)
    """,
    """
    select 'an entry does not follow from the one before it', id, running::text, balance_after::text from (
        select e.id, e.balance_after, e.number, sum(e.amount) over ordered as running, row_number() over ordered as place
        from batch join ledger_accounts a using (user_id) join ledger_entries e on e.account_id = a.id
        window ordered as (partition by e.account_id order by e.number)) entries
    where balance_after <> running or number <> place
    """,
    """
    select 'a transaction does not sum to zero', t.id, '0', coalesce(sum(e.amount)::text, 'no entries')
    from batch join ledger_transactions t using (user_id)
    left join ledger_entries e on e.transaction_id = t.id
    left join ledger_accounts a on a.id = e.account_id
    group by t.id, t.user_id, a.currency
    having coalesce(sum(e.amount) <> 0, true) or bool_or(a.user_id <> t.user_id)
    """,
    """
    select 'a customer has no wallet', batch.user_id, 'a wallet', 'none'
    from batch where not exists (select from wallets w where w.user_id = batch.user_id)
    """,
    """
    select 'a debt is not paid though it could be', a.user_id, '0 ' || a.currency, p.amount || ' ' || p.currency
    from batch join ledger_accounts a using (user_id)
    join lateral payable_debts(a.user_id) p on p.debt = a.kind and p.currency = a.currency
    where a.kind in ('POINTS_DEBT', 'CASHBACK_DEBT') and a.balance < 0
    """,
    """
    select 'the history of points does not add up', a.user_id, (s.free + s.held - s.debt)::text,
           (s.earned - s.redeemed - s.expired + s.adjusted)::text
    from (select distinct a.user_id from batch join ledger_accounts a using (user_id) where a.currency = 'PTS') a
    cross join lateral points_totals(a.user_id) s
    where s.earned - s.redeemed - s.expired + s.adjusted <> s.free + s.held - s.debt
    """,
    # What customers are shown has no sign: its kind says whether it went in or out.
    """
    select 'an entry of a wallet goes the other way than its kind', transaction_id,
           case when kind in ('HOLD', 'WITHDRAWAL') then 'out' else 'in' end, amount::text
    from moved where account = 'WALLET' and (amount < 0) <> (kind in ('HOLD', 'WITHDRAWAL'))
    """,
)
