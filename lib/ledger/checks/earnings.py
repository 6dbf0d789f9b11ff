"""What orders earned, by the terms that were stored when they were paid, and what refunds took back of that.

An order without terms was paid before there were any (or by the release before, while it was replaced), or earned nothing.
"""

CHECKS = (
    # The largest total and the most points are those of lib/loyalty/earning.py.
    """
    select 'the points of an order are not what its terms come to', o.id, due.points::text, coalesce(g.points, 0)::text
    from batch join orders o using (user_id)
    left join earning_terms e on e.order_id = o.id
    left join (select order_id, -sum(amount) as points from moved
               where kind = 'EARN_POINTS' and account = 'POINTS_ISSUED' group by order_id) g on g.order_id = o.id
    cross join lateral (select case
        when o.status not in ('PAID', 'REFUNDED') then 0
        when e.order_id is not null then least(2147483647, floor(
            least(o.amount_paid * coalesce(e.exchange_rate, 0), 99999999999) * e.points_per_unit * e.multiplier))
        when o.paid_at > (select min(created_at) + interval '1 hour' from earning_terms) then 0
        else coalesce(g.points, 0) end as points) due
    where coalesce(g.points, 0) <> due.points
    """,
    # What is less than the smallest unit of the currency is not earned.
    """
    select 'the cashback of an order is not what its terms come to', coalesce(c.id, o.id),
           coalesce(due.amount || ' at ' || e.cashback_rate || ' of ' || due.booking_amount, 'none'),
           coalesce(c.cashback_amount || ' at ' || c.cashback_rate || ' of ' || c.booking_amount, 'none')
    from batch join orders o using (user_id)
    left join earning_terms e on e.order_id = o.id
    left join cashback_records c on c.order_id = o.id
    left join lateral (
        select booking_amount, money(booking_amount * e.cashback_rate / 100, e.balance_currency) as amount
        from (select money(exact, e.balance_currency) as booking_amount, exact
              from (select least(o.amount_paid * e.exchange_rate, 99999999999) as exact) total) totals
        where o.status in ('PAID', 'REFUNDED') and e.exchange_rate is not null
          and exact * e.cashback_rate / 100 >= 1 / power(10::numeric, currency_decimals(e.balance_currency))) due on true
    where case
        when e.order_id is not null
            then (c.booking_amount, c.cashback_amount, c.cashback_rate, c.currency) is distinct from
                 (due.booking_amount, due.amount, case when due.amount is not null then e.cashback_rate end,
                  case when due.amount is not null then e.balance_currency end)
        else c.id is not null and (
            o.status not in ('PAID', 'REFUNDED')
            or o.paid_at > (select min(created_at) + interval '1 hour' from earning_terms)) end
    """,
    # Rounded half up by whole numbers, as lib/loyalty/taking_back.py rounds the sum of all refunds so far.
    """
    select 'the points taken back of an order are not the share that was refunded', o.id, due.points::text,
           coalesce(p.taken, 0)::text
    from batch join orders o using (user_id)
    join (select order_id, -sum(amount) filter (where kind = 'EARN_POINTS') as earned,
                 sum(amount) filter (where kind = 'TAKE_BACK_POINTS') as taken
          from moved where account = 'POINTS_ISSUED' group by order_id) p on p.order_id = o.id
    cross join lateral (select case when o.amount_paid = 0 then 0 else div(
        2 * coalesce(p.earned, 0) * o.amount_refunded + o.amount_paid, 2 * o.amount_paid) end as points) due
    where coalesce(p.taken, 0) <> due.points
    """,
    """
    select 'the cashback taken back of an order is not the share that was refunded', c.id, due.amount::text,
           c.taken_back || ', by refunds ' || r.taken
    from batch join cashback_records c using (user_id) join orders o on o.id = c.order_id
    cross join lateral (select coalesce(sum(cashback_taken_back), 0) as taken from refunds
                        where order_id = o.id and status = 'COMPLETED') r
    cross join lateral (select case when c.status = 'REJECTED' then c.taken_back when o.amount_paid = 0 then 0
        else money(c.cashback_amount * o.amount_refunded / o.amount_paid, c.currency) end as amount) due
    where (c.taken_back, r.taken) is distinct from (due.amount, due.amount)
    """,
    # What is taken back before cashback is credited is not posted: less is credited.
    """
    select 'what a refund took back is not what was posted', coalesce(r.id, p.transaction_id),
           coalesce(p.points, 0) || ' points, ' || coalesce(p.cashback, 0),
           coalesce(r.points_taken_back, 0) || ' points, ' || coalesce(r.cashback_taken_back, 0)
    from (select r.* from batch join refunds r using (user_id)
          where r.points_taken_back <> 0 or r.cashback_taken_back <> 0) r
    full join (
        select min(transaction_id::text)::uuid as transaction_id, regexp_replace(key, ':take-back-[a-z]+$', '') as of_refund,
               sum(amount) filter (where account = 'POINTS_ISSUED') as points,
               sum(amount) filter (where account = 'CASHBACK_COST') as cashback
        from moved where kind in ('TAKE_BACK_POINTS', 'TAKE_BACK_CASHBACK') group by of_refund
    ) p on p.of_refund = 'refund:' || r.id
    left join cashback_records c on c.order_id = r.order_id
    where coalesce(r.points_taken_back, 0) <> coalesce(p.points, 0)
       or coalesce(p.cashback, 0) <> 0
          and (r.cashback_taken_back is distinct from p.cashback or c.status is distinct from 'CREDITED')
    """,
    """
    select 'points that wait are not what their orders have left', batch.user_id, waiting.points::text,
           coalesce(a.balance, 0)::text
    from batch left join ledger_accounts a on a.user_id = batch.user_id and a.kind = 'POINTS_PENDING'
    cross join lateral (select coalesce(sum(points - taken_back), 0) as points from pending_points q
                        where q.user_id = batch.user_id and q.status = 'PENDING') waiting
    where coalesce(a.balance, 0) <> waiting.points
    """,
    # The release before let none wait, and runs on for a moment while it is replaced. Terms of older orders have no window.
    """
    select 'points of what was paid by hand did not wait', o.id, 'points that wait', 'none'
    from batch join orders o using (user_id)
    join earning_terms e on e.order_id = o.id
      and e.created_at > (select points_wait_since + interval '1 hour' from ledger_verification)
    where points_wait(o.id, e.created_at, coalesce(e.window_days, 0))
      and not exists (select from pending_points q where q.order_id = o.id)
      and exists (select from moved m where m.order_id = o.id and m.kind = 'EARN_POINTS' and m.account = 'POINTS')
    """,
    """
    select 'cashback was credited of a booking that was called off', c.id, 'REJECTED', c.status
    from batch join cashback_records c using (user_id) join bookings b on b.order_id = c.order_id
    where c.status = 'CREDITED'
      and c.credited_at > (select min(h.at) from booking_history h where h.booking_id = b.id and h.status = 'CANCELLED')
    """,
)
