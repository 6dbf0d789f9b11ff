"""Statuses, by what the ledger says and by the rows beside them."""

CHECKS = (
    """
    select 'the status of an order contradicts what the ledger says was paid', o.id,
           coalesce(s.paid, 0) || ' paid of ' || o.total_amount, o.status || ' ' || o.payment_status
    from batch join orders o using (user_id)
    left join (select order_id, sum(amount) as paid from moved where account = 'SALES' group by order_id) s
      on s.order_id = o.id
    where not case o.status
        when 'ISSUED' then coalesce(s.paid, 0) < o.total_amount
                           and o.payment_status = case when coalesce(s.paid, 0) = 0 then 'UNPAID' else 'PARTIALLY_PAID' end
        when 'PAID' then o.payment_status = 'PAID' and (coalesce(s.paid, 0) > 0 or o.amount_written_off = o.total_amount)
        when 'REFUNDED' then o.payment_status = 'REFUNDED' and coalesce(s.paid, 0) = 0
        else o.payment_status = 'UNPAID' and coalesce(s.paid, 0) = 0 end
    """,
    # One of an order that comes to nothing moves nothing.
    # A payment is settled once its money has arrived or its holds are spent, and refunded once nothing of both is left.
    """
    select 'the status of a payment contradicts what the ledger says of it', p.id, coalesce(s.status, 'not settled'),
           p.status
    from batch join payments p using (user_id)
    left join (
        select payment_id, case
            when not bool_or(kind in ('RECEIVE', 'SPEND')) then 'not settled'
            when not bool_or(kind = 'REFUND') then 'PAID'
            when coalesce(sum(amount) filter (where account = 'SALES'), 0) = 0
                 and coalesce(sum(abs(left_over)), 0) = 0 then 'REFUNDED'
            else 'PARTIALLY_REFUNDED' end as status
        from (select *, sum(amount) filter (where account = 'UNAPPLIED') over (partition by payment_id, currency)
                        as left_over
              from moved where payment_id is not null) of_payments
        group by payment_id) s on s.payment_id = p.id
    where p.amount > 0
      and case when is_settled(p) then p.status else 'not settled' end <> coalesce(s.status, 'not settled')
    """,
    """
    select 'the status of a booking contradicts that of its order', b.id, 'that of an order that is ' || o.status, b.status
    from batch join bookings b using (user_id) join orders o on o.id = b.order_id
    where b.status = 'REFUNDED' and o.status <> 'REFUNDED'
       or o.status = 'REFUNDED' and b.status not in ('REFUNDED', 'COMPLETED', 'NO_SHOW')
       or o.status = 'PAID' and b.status = 'PENDING'
       or o.status = 'CANCELLED' and b.status not in ('CANCELLED', 'NO_SHOW')
          and not (b.status = 'COMPLETED' and o.amount_written_off > 0)
       or o.status = 'DRAFT' and b.status = 'CANCELLED'
       or o.user_id <> b.user_id
    """,
    """
    select 'the status of a booking is not the last of its history', b.id, coalesce(h.status, 'none'), b.status
    from batch join bookings b using (user_id)
    left join lateral (select status from booking_history where booking_id = b.id order by id desc limit 1) h on true
    where h.status is distinct from b.status
    """,
    # Staff who can't refund may call off a paid booking: its money waits for a refund, and the audit log says who did it.
    """
    select 'a booking is called off, and its order is still paid', b.id, 'an order that is REFUNDED', o.status
    from batch join bookings b using (user_id) join orders o on o.id = b.order_id
    where b.status in ('CANCELLED', 'REFUNDED') and o.status = 'PAID'
      and not exists (select from audit_log l where l.entity = 'booking' and l.entity_id = b.id and l.action = 'move'
                      and l.after ->> 'status' = 'CANCELLED')
    """,
    # What was paid of one that was called off waits for a refund, and the last refund cancels the order.
    """
    select 'a booking is called off, and its order could still be paid', b.id, 'an order that is CANCELLED', o.status
    from batch join bookings b using (user_id) join orders o on o.id = b.order_id
    where b.status in ('CANCELLED', 'REFUNDED') and o.status = 'ISSUED' and o.payment_status = 'UNPAID'
    """,
    """
    select 'an attempt is open for what can not be paid', p.id,
           'closed, of an order that is ' || o.status || coalesce(' and a booking that is ' || b.status, ''), p.status
    from batch join payments p using (user_id) join orders o on o.id = p.order_id left join bookings b on b.order_id = o.id
    where p.status = 'PENDING' and not in_review(p)
      and (o.status <> 'ISSUED' or b.status in ('CANCELLED', 'REFUNDED') or o.user_id <> p.user_id)
    """,
    """
    select 'a payment is of an order that was never issued', p.id, 'none', p.status
    from batch join payments p using (user_id) join orders o on o.id = p.order_id where o.status = 'DRAFT'
    """,
    """
    select 'a hold is kept for what is over', h.id, 'RELEASED or SPENT', h.state
    from batch join holds h using (user_id) join orders o on o.id = h.order_id left join payments p on p.id = h.payment_id
    left join bookings b on b.order_id = o.id
    where h.state = 'HELD'
      and (o.status not in ('DRAFT', 'ISSUED') or o.user_id <> h.user_id or p.order_id <> h.order_id or p.status <> 'PENDING'
           or p.id is null and not h.is_for_order or b.status in ('CANCELLED', 'REFUNDED'))
    """,
    """
    select 'a spent hold paid nothing', h.id, 'a settled payment of its order', coalesce(p.status, 'none')
    from batch join holds h using (user_id) left join payments p on p.id = h.payment_id and p.order_id = h.order_id
    where h.state = 'SPENT' and (p.id is null or not is_settled(p))
    """,
)
