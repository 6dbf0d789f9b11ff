"""Orders, payments, holds, refunds and cashback, and the postings that each of them means."""

CHECKS = (
    """
    select 'what is held is not what orders and withdrawals hold', batch.user_id, held.amount || ' of ' || s.source,
           coalesce(a.balance, 0) || ' of ' || s.source
    from batch cross join (values ('POINTS'), ('CASHBACK'), ('WALLET')) as s (source)
    left join ledger_accounts a on a.user_id = batch.user_id and a.kind = s.source || '_HELD'
    cross join lateral (
        select coalesce(sum(amount), 0) as amount from (
            select case h.source when 'POINTS' then h.points else h.amount end as amount
            from holds h where h.user_id = batch.user_id and h.state = 'HELD' and h.source = s.source
            union all
            select w.amount from cashback_withdrawals w
            where w.user_id = batch.user_id and w.status = 'PENDING' and s.source = 'CASHBACK') holding) held
    where coalesce(a.balance, 0) <> held.amount
    """,
    """
    select 'an order was not paid as the ledger says', o.id, coalesce(sum(e.amount), 0)::text,
           (o.amount_paid - o.amount_refunded)::text
    from batch join orders o using (user_id)
    left join ledger_accounts a on a.user_id = o.user_id and a.kind = 'SALES' and a.currency = o.currency
    left join ledger_transactions t on t.order_id = o.id
    left join ledger_entries e on e.transaction_id = t.id and e.account_id = a.id
    group by o.id having o.amount_paid - o.amount_refunded <> coalesce(sum(e.amount), 0)
    """,
    """
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
    """,
    """
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
    """,
    """
    select 'a payment does not count for its order what the ledger says', p.id, coalesce(sum(e.amount), 0)::text,
           p.applied_amount::text
    from batch join payments p using (user_id)
    left join ledger_transactions t on t.payment_id = p.id and t.kind = 'APPLY'
    left join ledger_accounts a on a.user_id = p.user_id and a.kind = 'SALES' and a.currency = p.currency
    left join ledger_entries e on e.transaction_id = t.id and e.account_id = a.id
    group by p.id having p.applied_amount <> coalesce(sum(e.amount), 0)
    """,
    """
    select 'a settled payment is not what its gateway invoice says', p.id,
           p.amount || ' ' || p.currency,
           concat_ws(' ', coalesce(p.gateway_invoice_id, 'no invoice'), p.received_amount, p.received_currency)
    from batch join payments p using (user_id)
    where is_settled(p)
      and p.payment_type <> 'MANUAL' and p.payment_method <> 'BALANCE'
      and (p.gateway_invoice_id is null
           or p.review_reason is null
              and (p.received_amount, p.received_currency) is distinct from (p.amount, p.currency))
    """,
    """
    select 'cashback was not credited as the ledger says', user_id, records.credited::text,
           (-coalesce(a.balance, 0))::text
    from (select user_id, c.currency, sum(c.cashback_amount - c.taken_back) as credited
          from batch join cashback_records c using (user_id)
          where c.status = 'CREDITED' group by user_id, c.currency) records
    full join (select user_id, currency, balance from batch join ledger_accounts using (user_id)
               where kind = 'CASHBACK_COST') a using (user_id, currency)
    where coalesce(records.credited, 0) <> -coalesce(a.balance, 0)
    """,
    """
    select 'a refund was not posted as it was decided', r.id, r.amount::text,
           coalesce(sum(f.amount) filter (where t.id is not null), 0)::text
    from batch join refunds r using (user_id)
    left join refund_parts f on f.refund_id = r.id
    left join ledger_transactions t on t.key = 'refund:' || r.id || ':' || f.id
    group by r.id
    having coalesce(sum(f.amount) filter (where t.id is not null), 0)
        <> case r.status when 'COMPLETED' then r.amount else 0 end
    """,
    # The currency of holding is not compared: that of the order may have been changed after a hold was released.
    # What arrived or was applied later of a payment has its key and a number; it is compared together with the first.
    """
    with recorded (user_id, record, id, key, source, destination, currency, amount) as (
        select p.user_id, 'a payment', p.id, 'payment:' || p.id || ':receive',
               case p.payment_type when 'MANUAL' then 'DESK' else 'GATEWAY' end, 'UNAPPLIED', p.received_currency,
               p.received_amount
        from batch join payments p using (user_id) where is_settled(p) and p.received_amount is not null
        union all
        select p.user_id, 'a payment', p.id, 'payment:' || p.id || ':apply', m.source, m.destination, m.currency, m.amount
        from batch join payments p using (user_id)
        cross join lateral (values
            ('UNAPPLIED', case when p.received_currency = p.currency then 'SALES' else 'EXCHANGE' end, p.received_currency,
             case when p.received_currency = p.currency then p.applied_amount else p.received_amount end),
            ('EXCHANGE', 'SALES', p.currency, case when p.received_currency <> p.currency then p.applied_amount else 0 end)
        ) as m (source, destination, currency, amount)
        where p.applied_amount > 0
        union all
        select h.user_id, 'a hold', h.id, 'hold:' || h.id || m.move, m.source, m.destination, m.currency, m.amount
        from batch join holds h using (user_id) join orders o on o.id = h.order_id
        cross join lateral (values
            ('HELD', ':hold', h.source, h.source || '_HELD', case h.source when 'POINTS' then 'PTS' else '' end,
             case h.source when 'POINTS' then h.points else h.amount end),
            ('RELEASED', ':release', h.source || '_HELD', h.source, case h.source when 'POINTS' then 'PTS' else '' end,
             case h.source when 'POINTS' then h.points else h.amount end),
            ('SPENT', ':spend', h.source || '_HELD', case h.source when 'POINTS' then 'POINTS_REDEEMED' else 'SALES' end,
             case h.source when 'POINTS' then 'PTS' else o.currency end,
             case h.source when 'POINTS' then h.points else h.amount end),
            ('SPENT', ':spend', 'REDEMPTIONS', 'SALES', o.currency, case h.source when 'POINTS' then h.amount else 0 end)
        ) as m (state, move, source, destination, currency, amount)
        where m.state in ('HELD', h.state)
        union all
        select r.user_id, 'a part of a refund', f.id, 'refund:' || r.id || ':' || f.id, m.source, m.destination, m.currency,
               m.amount
        from batch join refunds r using (user_id) join refund_parts f on f.refund_id = r.id
        cross join lateral (values
            (case when r.payment_id is null then 'SALES' else 'UNAPPLIED' end,
             case f.destination when 'POINTS' then 'REDEMPTIONS' when 'MANUAL' then 'DESK' else f.destination end,
             r.currency, f.amount),
            ('POINTS_REDEEMED', 'POINTS', 'PTS', f.points)
        ) as m (source, destination, currency, amount)
        where r.status = 'COMPLETED'
        union all
        select p.user_id, 'what was sent back too much', q.id, 'gateway-refund:' || q.id || ':loss', 'LOSSES', 'GATEWAY',
               coalesce(q.excess_currency, p.currency), q.excess
        from batch join payments p using (user_id) join payment_refund_requests q on q.payment_id = p.id
        where q.lost_at is not null
        union all
        select c.user_id, 'a cashback', c.id, 'cashback:' || c.id || ':credit', 'CASHBACK_COST', 'CASHBACK', c.currency,
               c.cashback_amount - c.taken_back + coalesce(
                   (select sum(amount) from moved
                    where kind = 'TAKE_BACK_CASHBACK' and account = 'CASHBACK_COST' and order_id = c.order_id), 0)
        from batch join cashback_records c using (user_id) where c.status = 'CREDITED'
        union all
        select q.user_id, 'a lot of points that waited', q.order_id, 'order:' || q.order_id || ':credit-points',
               'POINTS_PENDING', 'POINTS', 'PTS', q.points - q.taken_back
        from batch join pending_points q using (user_id) where q.status = 'CREDITED'
        union all
        select w.user_id, 'a withdrawal', w.id, 'withdrawal:' || w.id || m.move, m.source, m.destination, w.currency,
               w.amount
        from batch join cashback_withdrawals w using (user_id)
        cross join lateral (values
            ('PENDING', ':request', 'CASHBACK', 'CASHBACK_HELD'), ('APPROVED', ':approve', 'CASHBACK_HELD', 'WALLET'),
            ('REJECTED', ':reject', 'CASHBACK_HELD', 'CASHBACK')) as m (status, move, source, destination)
        where m.status in ('PENDING', w.status)
        union all
        select d.user_id, 'a movement by staff', d.transaction_id, t.key, m.source, m.destination, d.currency, d.amount
        from batch join desk_movements d using (user_id) join ledger_transactions t on t.id = d.transaction_id
        join (values
            ('ADD_POINTS', 'POINTS_GIVEN', 'POINTS'), ('REMOVE_POINTS', 'POINTS', 'POINTS_REMOVED'),
            ('ADD_CASHBACK', 'CASHBACK_GIVEN', 'CASHBACK'), ('REMOVE_CASHBACK', 'CASHBACK', 'CASHBACK_GIVEN')
        ) as m (kind, source, destination) on m.kind = d.kind
    ), meant as (
        select user_id, key, account, currency, sum(amount) as amount
        from (select user_id, key, source as account, currency, -amount as amount from recorded
              union all
              select user_id, key, destination, currency, amount from recorded) sides
        group by user_id, key, account, currency having sum(amount) <> 0
    ), posted as (
        select user_id, regexp_replace(key, '^(payment:[^:]+:(receive|apply)):[0-9.]+$', '\\1') as key, account,
               min(transaction_id::text)::uuid as transaction_id, sum(amount) as amount,
               case when kind in ('HOLD', 'RELEASE') and currency <> 'PTS' then '' else currency end as currency
        from moved
        where kind in ('RECEIVE', 'APPLY', 'SPEND', 'REFUND', 'LOSS', 'CREDIT_CASHBACK', 'CREDIT_POINTS', 'ADD_POINTS',
                       'REMOVE_POINTS', 'ADD_CASHBACK', 'REMOVE_CASHBACK', 'REQUEST_WITHDRAWAL', 'APPROVE_WITHDRAWAL',
                       'REJECT_WITHDRAWAL')
           or kind in ('HOLD', 'RELEASE') and exists (select from orders o where o.id = moved.order_id)
        group by user_id, 2, account, kind, currency
    ), differing as (
        select key, min(posted.transaction_id::text)::uuid as transaction_id,
               string_agg(concat_ws(' ', account, meant.amount, currency), ', ' order by account)
                   filter (where meant.amount is not null) as expected,
               string_agg(concat_ws(' ', account, posted.amount, currency), ', ' order by account)
                   filter (where posted.amount is not null) as found
        from meant full join posted using (user_id, key, account, currency)
        where meant.amount is distinct from posted.amount group by key
    )
    select coalesce('the postings of ' || r.record || ' are not what it means', 'a transaction has no record'),
           coalesce(r.id, d.transaction_id), coalesce(d.expected, 'nothing'), coalesce(d.found, 'nothing')
    from differing d left join (select distinct key, record, id from recorded) r using (key)
    """,
    # A draft is deleted with its holds, which were released before.
    """
    select 'a deleted order holds something', order_id, '0', sum(amount)::text || ' of ' || account
    from moved
    where kind in ('HOLD', 'RELEASE') and not exists (select from orders o where o.id = moved.order_id)
    group by user_id, order_id, account having sum(amount) <> 0
    """,
    """
    select 'what was approved is not what was done', a.id, concat_ws(' ', a.kind, a.user_id, a.amount),
           concat_ws(' ', coalesce(d.kind, r.kind), coalesce(d.user_id, r.user_id), coalesce(d.amount, r.amount))
    from batch join approvals a using (user_id)
    left join desk_movements d on d.transaction_id = a.result_id
    left join (select id, 'REFUND' as kind, user_id, amount from refunds) r on r.id = a.result_id
    where a.status = 'APPROVED' and (coalesce(d.kind, r.kind), coalesce(d.user_id, r.user_id), coalesce(d.amount, r.amount))
          is distinct from (a.kind, a.user_id, a.amount)
    """,
    """
    select 'a refund is not the sum of its parts', r.id, coalesce(sum(f.amount), 0)::text, r.amount::text
    from batch join refunds r using (user_id) left join refund_parts f on f.refund_id = r.id
    group by r.id having r.amount <> coalesce(sum(f.amount), 0)
    """,
    """
    select 'credit notes are not what was refunded of an order', o.id, o.amount_refunded::text, coalesce(n.amount, 0)::text
    from batch join orders o using (user_id)
    left join lateral (select sum((n.snapshot ->> 'amount')::numeric) as amount, sum(r.amount) as refunded
                       from credit_notes n join refunds r on r.id = n.refund_id and r.status = 'COMPLETED'
                       where n.order_id = o.id) n on true
    where (o.amount_refunded, o.amount_refunded) is distinct from (coalesce(n.amount, 0), coalesce(n.refunded, 0))
    """,
)
