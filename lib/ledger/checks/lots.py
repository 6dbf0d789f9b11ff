"""Points by their expiry: each transaction of points changes lots by as much as it posts."""

CHECKS = (
    """
    select 'points are not what is left in their lots', batch.user_id, lots.points::text, coalesce(a.balance, 0)::text
    from batch
    left join ledger_accounts a on a.user_id = batch.user_id and a.kind = 'POINTS'
    cross join lateral (
        select coalesce(sum(points_left), 0) as points from points_lots l where l.user_id = batch.user_id) lots
    where coalesce(a.balance, 0) <> lots.points
    """,
    """
    select 'a lot is not what its uses have left', l.id, (l.points - coalesce(sum(u.points), 0))::text,
           l.points_left::text
    from batch join points_lots l using (user_id) left join points_lot_uses u on u.lot_id = l.id
    group by l.id having l.points - coalesce(sum(u.points), 0) <> l.points_left
    """,
    """
    select 'the points of a transaction are not those of its lots', transaction_id, sum(posted)::text, sum(in_lots)::text
    from (
        select transaction_id, amount as posted, 0 as in_lots from moved where account = 'POINTS'
        union all
        select l.transaction_id, 0, l.points from batch join points_lots l using (user_id)
        union all
        select u.transaction_id, 0, -u.points
        from batch join points_lots l using (user_id) join points_lot_uses u on u.lot_id = l.id) changes
    group by transaction_id having sum(posted) <> sum(in_lots)
    """,
    """
    select 'the points of a hold did not come back to their lots', id, points::text, sum(still_out)::text
    from (
        select h.id, h.points, u.lot_id, u.points as still_out
        from batch join holds h using (user_id)
        join ledger_transactions t on t.key in ('hold:' || h.id || ':hold', 'hold:' || h.id || ':release')
        join points_lot_uses u on u.transaction_id = t.id
        where h.source = 'POINTS' and h.state = 'RELEASED'
        union all
        -- Those of a lot that had little time left came back to a lot of their own.
        select h.id, h.points, l.came_from, -l.points
        from batch join holds h using (user_id)
        join ledger_transactions t on t.key = 'hold:' || h.id || ':release' join points_lots l on l.transaction_id = t.id
        where h.source = 'POINTS' and h.state = 'RELEASED') moves
    group by id, points, lot_id having sum(still_out) <> 0
    """,
    """
    select 'points came back to a lot of something else', l.id, concat_ws(' ', o.user_id, o.order_id),
           concat_ws(' ', l.user_id, l.order_id)
    from batch join points_lots l using (user_id) join points_lots o on o.id = l.came_from
    where (o.user_id, o.order_id) is distinct from (l.user_id, l.order_id)
    """,
    # Lots that were past their expiry then were empty, or nobody could use what had come back to them.
    """
    select 'points were not taken from the lots that expire first', t.id, 'lot ' || first.id, 'lot ' || last.lot_id
    from batch
    join ledger_transactions t on t.user_id = batch.user_id
      and t.kind in ('HOLD', 'REDEEM_POINTS', 'PAY_DEBT', 'REMOVE_POINTS')
      and t.created_at > (select lots_in_order_since from ledger_verification)
    cross join lateral (
        select l.id as lot_id, l.expires_at from points_lot_uses u join points_lots l on l.id = u.lot_id
        where u.transaction_id = t.id order by l.expires_at desc, l.id desc limit 1) last
    cross join lateral (
        select l.id from points_lots l join ledger_transactions opened on opened.id = l.transaction_id
        where l.user_id = t.user_id and l.expires_at > t.created_at and opened.created_at < t.created_at
          and (l.expires_at, l.id) < (last.expires_at, last.lot_id)
          and l.points > (select coalesce(sum(u.points), 0)
                          from points_lot_uses u join ledger_transactions earlier on earlier.id = u.transaction_id
                          where u.lot_id = l.id and earlier.created_at <= t.created_at)
        order by l.expires_at, l.id limit 1) first
    """,
    """
    select 'points expired before their time', t.id, 'after ' || l.expires_at, t.created_at::text
    from batch join points_lots l using (user_id) join points_lot_uses u on u.lot_id = l.id
    join ledger_transactions t on t.id = u.transaction_id
    where t.kind = 'EXPIRE_POINTS' and t.created_at < l.expires_at
    """,
)
