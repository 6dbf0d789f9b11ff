-- Settling costs less: transactions of a customer are posted in sets, and a tier is read off running balances.

-- What refunds took back, which is little beside what was earned.
create index ledger_transactions_taken_back on ledger_transactions (user_id) where kind = 'TAKE_BACK_POINTS';

-- As before, but no longer a sum over the entries of a year, which an order's payment waits for: an account's balance now,
-- less its balance a year ago, is that sum. What is taken back of an order from before that year is left out of it.
create or replace view customer_tiers as
select w.user_id, earned.points as tier_points, t.code, t.multiplier, t.cashback_rate
from wallets w
left join ledger_accounts a on a.user_id = w.user_id and a.kind = 'POINTS_ISSUED' and a.currency = 'PTS'
cross join lateral (
    select greatest(0, coalesce(
        (select e.balance_after from ledger_entries e
         where e.account_id = a.id and e.created_at <= now() - interval '365 days'
         order by e.created_at desc, e.id desc limit 1), 0)::bigint
        - coalesce(a.balance, 0)::bigint
        + coalesce((
            select sum(e.amount)
            from ledger_transactions back
            join ledger_entries e on e.transaction_id = back.id and e.account_id = a.id
            join ledger_transactions earning on earning.key = 'order:' || back.order_id || ':earn-points'
            join ledger_entries earned on earned.transaction_id = earning.id and earned.account_id = a.id
            where back.user_id = w.user_id and back.kind = 'TAKE_BACK_POINTS'
              and e.created_at > now() - interval '365 days'
              and earned.created_at <= now() - interval '365 days'), 0)::bigint
        - coalesce(
            (select p.balance from ledger_accounts p where p.user_id = w.user_id and p.kind = 'POINTS_PENDING'), 0)::bigint
    ) as points) earned
left join lateral (select * from tiers where threshold <= earned.points order by threshold desc limit 1) t on true;

-- As before, but with one statement for all transactions, one for their accounts and one for their entries. Entries move
-- their accounts in the order in which they are given. Only lots of points are changed one transaction after the other.
create or replace function post_transactions(of_user uuid, transactions jsonb) returns table (key text, id uuid)
language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
    posted jsonb;
    t jsonb;
    by_transaction uuid;
    moved bigint;
    wanted bigint;
begin
    with given as (
        select distinct on (value ->> 'key') value, ordinality
        from jsonb_array_elements(transactions) with ordinality order by value ->> 'key', ordinality
    ), inserted as (
        insert into ledger_transactions (key, kind, user_id, reference_type, reference_id, order_id, payment_id,
                                         description_en, description_ar, multiplier)
        select value ->> 'key', value ->> 'kind', of_user, value ->> 'reference_type', (value ->> 'reference_id')::uuid,
               (value ->> 'order_id')::uuid, (value ->> 'payment_id')::uuid, value ->> 'description_en',
               value ->> 'description_ar', (value ->> 'multiplier')::numeric
        from given order by ordinality
        on conflict (key) do nothing returning ledger_transactions.id, ledger_transactions.key
    )
    select jsonb_agg(value || jsonb_build_object('id', inserted.id) order by ordinality) into posted
    from given join inserted on inserted.key = value ->> 'key';

    if posted is not null then
        insert into ledger_accounts (user_id, kind, currency)
        select distinct of_user, leg.account, leg.currency
        from jsonb_array_elements(posted) cross join jsonb_to_recordset(value -> 'entries') as leg (account text, currency text)
        where not exists (select from ledger_accounts a
                          where a.user_id = of_user and a.kind = leg.account and a.currency = leg.currency)
        on conflict (user_id, kind, currency) do nothing;

        insert into ledger_entries (transaction_id, account_id, amount)
        select (value ->> 'id')::uuid, a.id, leg.amount
        from jsonb_array_elements(posted) with ordinality
        cross join jsonb_to_recordset(value -> 'entries') as leg (account text, currency text, amount numeric)
        join ledger_accounts a on a.user_id = of_user and a.kind = leg.account and a.currency = leg.currency
        order by ordinality;
    end if;

    for t in select value from jsonb_array_elements(posted)
             where value ?| array['open_lot', 'take_points', 'expire_lot', 'return_points'] loop
        by_transaction := (t ->> 'id')::uuid;
        if t ? 'open_lot' then
            insert into points_lots (user_id, transaction_id, order_id, points, points_left, expires_at)
            select of_user, by_transaction, (t #>> '{open_lot,order_id}')::uuid, points, points,
                   now() + make_interval(days => (t #>> '{open_lot,days}')::integer)
            from (select (t #>> '{open_lot,points}')::integer as points) opened;
        elsif t ? 'take_points' then
            wanted := (t #>> '{take_points,points}')::bigint;
            moved := take_points(of_user, by_transaction, wanted::integer, (t #>> '{take_points,first_order_id}')::uuid);
            if moved <> wanted then
                raise exception 'only % points are left in lots for %', moved, t ->> 'key' using errcode = 'check_violation';
            end if;
        elsif t ? 'expire_lot' then
            insert into points_lot_uses (transaction_id, lot_id, points)
            values (by_transaction, (t #>> '{expire_lot,lot_id}')::uuid, (t #>> '{expire_lot,points}')::integer);
        elsif jsonb_typeof(t -> 'return_points') = 'string' then
            insert into points_lot_uses (transaction_id, lot_id, points)
            select by_transaction, u.lot_id, -u.points
            from points_lot_uses u join ledger_transactions taker on taker.id = u.transaction_id
            where taker.key = t ->> 'return_points';
        else
            wanted := (t #>> '{return_points,points}')::bigint;
            moved := return_points(of_user, by_transaction, t #>> '{return_points,taken_by}', wanted,
                                   (t #>> '{return_points,already}')::bigint, (t #>> '{return_points,days}')::integer);
            if moved <> wanted then
                raise exception 'only % points can come back for %', moved, t ->> 'key' using errcode = 'check_violation';
            end if;
        end if;
    end loop;

    -- After the last one: what one of them gives back may be what another takes.
    if posted is not null then
        perform pay_debts(of_user, posted -> -1 ->> 'key');
    end if;

    return query
        select given.value ->> 'key', (new.value ->> 'id')::uuid
        from jsonb_array_elements(transactions) with ordinality as given
        left join jsonb_array_elements(posted) as new on new.value ->> 'key' = given.value ->> 'key'
        order by ordinality;
end
$$;
