-- Points that come back keep their expiry, but for one extension to the least number of days; and lists of staff.

-- As before, but points that came back before, and had their expiry put off then, go back to their lot as they are: whoever
-- opened a payment with them and replaced it without them could go on for ever. What a refund gives back is put off all the
-- same: an administrator decides about it, and it may come long after the points were spent.
create or replace function return_points(
    of_user uuid, by_transaction uuid, taken_by text, wanted bigint, already bigint, least_days integer
) returns bigint
language sql as $$
    with taken as (
        select l.id, l.order_id, u.points,
               l.expires_at < now() + make_interval(days => least_days)
                   and (l.came_from is null or r.kind = 'REFUND') as is_put_off,
               sum(u.points) over (order by l.expires_at desc, l.id desc) - u.points as before
        from ledger_transactions t join points_lot_uses u on u.transaction_id = t.id join points_lots l on l.id = u.lot_id
        join ledger_transactions r on r.id = by_transaction
        where t.key = taken_by and t.user_id = of_user
    ), back as (
        select id, order_id, is_put_off,
               (least(before + points, already + wanted) - greatest(before, already))::integer as points
        from taken where before < already + wanted and before + points > already
    ), returned as (
        insert into points_lot_uses (transaction_id, lot_id, points)
        select by_transaction, id, -points from back where not is_put_off
        returning -points as points
    ), opened as (
        insert into points_lots (user_id, transaction_id, order_id, came_from, points, points_left, expires_at)
        select of_user, by_transaction, order_id, id, points, points, now() + make_interval(days => least_days)
        from back where is_put_off
        returning points
    )
    select coalesce((select sum(points) from returned), 0) + coalesce((select sum(points) from opened), 0)
$$;

-- Those that were rejected are few, and nothing else finds them among the many that were approved.
create index approvals_status on approvals (status, created_at desc, id desc);
create index cashback_withdrawals_status on cashback_withdrawals (status, created_at desc, id desc);

-- As before, but whoever only counts the wallets reads no account for each of them.
create or replace function wallet_documents(balance_currency text)
returns table (id uuid, created_at timestamptz, document json) language sql stable as $$
    select w.id, w.created_at, json_build_object(
        'id', w.id, 'user_id', w.user_id, 'user_name', u.first_name || ' ' || u.last_name, 'user_email', u.email,
        'balance', money(coalesce((select a.balance from ledger_accounts a
                                   where a.user_id = w.user_id and a.kind = 'WALLET' and a.currency = balance_currency), 0),
                         balance_currency),
        'currency', balance_currency)
    from wallets w left join users u on u.id = w.user_id
$$;

-- Points of an order wait also where it was paid with a balance to which staff have added lately. They are used up long
-- before somebody finds that the money was never there: it is then taken back, and what the points bought is not.
alter table earning_terms add column window_days integer check (window_days >= 0);

create function points_wait(of_order uuid, at timestamptz, window_days integer) returns boolean
language sql stable parallel safe as $$
    select is_paid_by_hand(of_order) or exists (
        select from holds h
        cross join lateral (
            select m.created_at from desk_movements m
            where m.user_id = h.user_id and m.kind = case h.source when 'POINTS' then 'ADD_POINTS'
                                                                   when 'CASHBACK' then 'ADD_CASHBACK' else 'DEPOSIT' end
            union all
            -- What was paid by hand and refunded into the wallet.
            select r.completed_at from refunds r join refund_parts f on f.refund_id = r.id
            where r.user_id = h.user_id and h.source = 'WALLET' and f.source = 'MANUAL' and f.destination = 'WALLET') added
        where h.order_id = of_order and h.state = 'SPENT' and added.created_at <= at
          and added.created_at > at - make_interval(days => window_days))
$$;
