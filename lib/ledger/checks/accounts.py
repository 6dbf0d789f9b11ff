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
    # These have no record that caused them but a person's decision. They are summed and not joined: one customer may have
    # many of both, and the planner takes neither for many.
    """
    select 'what staff moved by hand is not in the audit log', transaction_id, coalesce(sum(logged)::text, 'none'),
           coalesce(sum(amount)::text, 'none')
    from (select user_id, transaction_id, amount, null as logged from moved
          where (kind in ('DEPOSIT', 'WITHDRAWAL', 'ADD_POINTS', 'REMOVE_POINTS', 'ADD_CASHBACK', 'REMOVE_CASHBACK')
                 or kind = 'EARN_POINTS' and not exists (select from orders o where o.id = moved.order_id)) and amount > 0
          union all
          select user_id, (l.after ->> 'transaction_id')::uuid, null, (l.after ->> 'amount')::numeric
          from batch join audit_log l on l.entity = 'wallet' and l.entity_id = batch.user_id
          where l.after ? 'transaction_id') amounts
    group by user_id, transaction_id having sum(amount) is distinct from sum(logged)
    """,
    # The releases before the first such row wrote none.
    """
    select 'a payment by hand is in no audit row', p.id, 'settle-manually by staff', 'none'
    from batch join payments p using (user_id)
    where p.payment_type = 'MANUAL' and is_settled(p)
      and p.created_at >= (select min(at) from audit_log where entity = 'payment' and action = 'settle-manually')
      and not exists (select from audit_log l where l.entity = 'payment' and l.entity_id = p.id
                      and l.action = 'settle-manually' and (l.after ->> 'amount')::numeric = p.received_amount)
    """,
    # What records mean is compared with them (records.py); these kinds have no record of their own.
    """
    select 'a transaction moves what its kind does not', transaction_id, kind,
           string_agg(account || ' ' || amount || ' ' || currency, ', ' order by account)
    from moved left join (values
        ('DEPOSIT', 'DESK', -1), ('DEPOSIT', 'WALLET', 1), ('DEPOSIT', 'CASHBACK', 1), ('WITHDRAWAL', 'WALLET', -1),
        ('WITHDRAWAL', 'DESK', 1), ('EARN_POINTS', 'POINTS_ISSUED', -1), ('EARN_POINTS', 'POINTS', 1),
        ('EARN_POINTS', 'POINTS_PENDING', 1), ('TAKE_BACK_POINTS', 'POINTS_PENDING', -1),
        ('TAKE_BACK_POINTS', 'POINTS', -1), ('TAKE_BACK_POINTS', 'POINTS_DEBT', -1),
        ('TAKE_BACK_POINTS', 'POINTS_EXPIRED', -1), ('TAKE_BACK_POINTS', 'POINTS_ISSUED', 1),
        ('TAKE_BACK_CASHBACK', 'CASHBACK', -1), ('TAKE_BACK_CASHBACK', 'CASHBACK_DEBT', -1),
        ('TAKE_BACK_CASHBACK', 'CASHBACK_COST', 1), ('REDEEM_POINTS', 'POINTS', -1), ('REDEEM_POINTS', 'POINTS_REDEEMED', 1),
        ('REDEEM_POINTS', 'REDEMPTIONS', -1), ('REDEEM_POINTS', 'WALLET', 1), ('EXPIRE_POINTS', 'POINTS', -1),
        ('EXPIRE_POINTS', 'POINTS_EXPIRED', 1), ('WITHDRAW_CASHBACK', 'CASHBACK', -1), ('WITHDRAW_CASHBACK', 'WALLET', 1),
        ('PAY_DEBT', 'POINTS', -1), ('PAY_DEBT', 'POINTS_DEBT', 1), ('PAY_DEBT', 'CASHBACK', -1),
        ('PAY_DEBT', 'CASHBACK_DEBT', 1)) as legal (kind, account, way) using (kind, account)
    where kind not in ('RECEIVE', 'APPLY', 'HOLD', 'SPEND', 'RELEASE', 'REFUND', 'LOSS', 'CREDIT_CASHBACK',
                       'CREDIT_POINTS', 'ADD_POINTS', 'REMOVE_POINTS', 'ADD_CASHBACK', 'REMOVE_CASHBACK',
                       'REQUEST_WITHDRAWAL', 'APPROVE_WITHDRAWAL', 'REJECT_WITHDRAWAL')
    group by transaction_id, kind
    having bool_or(way is distinct from sign(amount)) or kind = 'REDEEM_POINTS' and count(*) < 4
    """,
    # What customers are shown has no sign: its kind says whether it went in or out.
    """
    select 'an entry of a wallet goes the other way than its kind', transaction_id,
           case when kind in ('HOLD', 'WITHDRAWAL') then 'out' else 'in' end, amount::text
    from moved where account = 'WALLET' and (amount < 0) <> (kind in ('HOLD', 'WITHDRAWAL'))
    """,
)
