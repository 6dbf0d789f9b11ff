-- Points that come back keep their old expiry, and have at least 30 days.

-- From which lot the points of a lot came back, if that one had less time left. A lot's expiry never moves, so that it can
-- be proven later that those that expire first were taken first.
alter table points_lots add column came_from uuid references points_lots;
create index points_lots_came_from on points_lots (came_from) where came_from is not null;

-- Gives points back that the transaction with the key `taken_by` took, but for the first `already` of them, those that
-- expire last first: to their lots, or with at least so many days to new ones. How many came back.
create function return_points(
    of_user uuid, by_transaction uuid, taken_by text, wanted bigint, already bigint, least_days integer
) returns bigint
language sql as $$
    with taken as (
        select l.id, l.order_id, l.expires_at, u.points,
               sum(u.points) over (order by l.expires_at desc, l.id desc) - u.points as before
        from ledger_transactions t join points_lot_uses u on u.transaction_id = t.id join points_lots l on l.id = u.lot_id
        where t.key = taken_by and t.user_id = of_user
    ), back as (
        select id, order_id, expires_at,
               (least(before + points, already + wanted) - greatest(before, already))::integer as points
        from taken where before < already + wanted and before + points > already
    ), returned as (
        insert into points_lot_uses (transaction_id, lot_id, points)
        select by_transaction, id, -points from back where expires_at >= now() + make_interval(days => least_days)
        returning -points as points
    ), opened as (
        insert into points_lots (user_id, transaction_id, order_id, came_from, points, points_left, expires_at)
        select of_user, by_transaction, order_id, id, points, points, now() + make_interval(days => least_days)
        from back where expires_at < now() + make_interval(days => least_days)
        returning points
    )
    select coalesce((select sum(points) from returned), 0) + coalesce((select sum(points) from opened), 0)
$$;

-- As before, but for how points are returned. A release before this one sends the key alone.
create or replace function post_transactions(of_user uuid, transactions jsonb) returns table (key text, id uuid)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    t jsonb;
    moved bigint;
    wanted bigint;
    last_posted text;
begin
    for t in select value from jsonb_array_elements(transactions) with ordinality order by ordinality loop
        key := t ->> 'key';
        id := post_transaction(
            key, t ->> 'kind', of_user, t ->> 'reference_type', (t ->> 'reference_id')::uuid, (t ->> 'order_id')::uuid,
            (t ->> 'payment_id')::uuid, t ->> 'description_en', t ->> 'description_ar', (t ->> 'multiplier')::numeric,
            t -> 'entries');
        if id is not null then
            last_posted := key;
        end if;
        if id is not null and t ? 'open_lot' then
            insert into points_lots (user_id, transaction_id, order_id, points, points_left, expires_at)
            select of_user, id, (t #>> '{open_lot,order_id}')::uuid, points, points,
                   now() + make_interval(days => (t #>> '{open_lot,days}')::integer)
            from (select (t #>> '{open_lot,points}')::integer as points) opened;
        elsif id is not null and t ? 'take_points' then
            wanted := (t #>> '{take_points,points}')::bigint;
            moved := take_points(of_user, id, wanted::integer, (t #>> '{take_points,first_order_id}')::uuid);
            if moved <> wanted then
                raise exception 'only % points are left in lots for %', moved, key using errcode = 'check_violation';
            end if;
        elsif id is not null and t ? 'expire_lot' then
            insert into points_lot_uses (transaction_id, lot_id, points)
            values (id, (t #>> '{expire_lot,lot_id}')::uuid, (t #>> '{expire_lot,points}')::integer);
        elsif id is not null and jsonb_typeof(t -> 'return_points') = 'string' then
            insert into points_lot_uses (transaction_id, lot_id, points)
            select post_transactions.id, u.lot_id, -u.points
            from points_lot_uses u join ledger_transactions taker on taker.id = u.transaction_id
            where taker.key = t ->> 'return_points';
        elsif id is not null and t ? 'return_points' then
            wanted := (t #>> '{return_points,points}')::bigint;
            moved := return_points(of_user, id, t #>> '{return_points,taken_by}', wanted,
                                   (t #>> '{return_points,already}')::bigint, (t #>> '{return_points,days}')::integer);
            if moved <> wanted then
                raise exception 'only % points can come back for %', moved, key using errcode = 'check_violation';
            end if;
        end if;
        return next;
    end loop;
    -- After the last one: what one of them gives back may be what another takes.
    if last_posted is not null then
        perform pay_debts(of_user, last_posted);
    end if;
end
$$;

-- As before, in the app's words; and points that came back may be in several lots, of which the first to expire is told.
create or replace view points_transaction_documents as
select
    e.id, e.account_id, e.created_at,
    json_build_object(
        'id', t.id, 'transaction_type', points_transaction_type(t.kind), 'points', e.amount::bigint,
        'balance_before', (e.balance_after - e.amount)::bigint, 'balance_after', e.balance_after::bigint,
        'reference_type', t.reference_type, 'reference_id', t.reference_id,
        'description_en', t.description_en, 'description_ar', t.description_ar,
        'multiplier_applied', trim_scale(t.multiplier),
        'expires_at', (select min(l.expires_at) from points_lots l where l.transaction_id = t.id),
        'created_at', e.created_at) as document
from ledger_entries e join ledger_transactions t on t.id = e.transaction_id
join ledger_accounts a on a.id = e.account_id where a.kind = 'POINTS';
