-- What verifying the ledger proves by: the terms at which orders earned, and that points are taken as they expire.

-- The terms at which an order earned, as they were when it was paid. Tiers, rates and settings change later, and verifying
-- the ledger proves by these what the order earned. Orders that were paid before have none.
create table earning_terms (
    order_id uuid primary key references orders,
    user_id uuid not null references users,
    balance_currency text not null check (balance_currency ~ '^[A-Z]{3}$'),
    -- What one unit of the order's currency was worth in that of balances. Null: nobody had set it, so the order earned nothing.
    exchange_rate numeric(16,6) check (exchange_rate > 0),
    points_per_unit numeric not null check (points_per_unit >= 0),
    multiplier numeric(6,3) not null check (multiplier >= 0),
    cashback_rate numeric(5,2) not null check (cashback_rate between 0 and 100),
    created_at timestamptz not null default now()
);
create index earning_terms_user on earning_terms (user_id);
create index earning_terms_age on earning_terms (created_at);
create trigger earning_terms_append_only before update or delete on earning_terms
    for each row execute function refuse_change();
create trigger earning_terms_no_truncate before truncate on earning_terms
    for each statement execute function refuse_change();

-- As before, but without an order whose lots come first, lots expire first, whatever they came from: those that no order had
-- opened (points that a refund gave back) were taken before others that expired sooner.
create or replace function take_points(of_user uuid, by_transaction uuid, wanted integer, first_order uuid) returns bigint
language sql as $$
    with lots as (
        select id, points_left,
               sum(points_left) over (order by (order_id = first_order) is not true, expires_at, id) - points_left as before
        from points_lots where user_id = of_user and points_left > 0
    ), used as (
        insert into points_lot_uses (transaction_id, lot_id, points)
        select by_transaction, id, least(points_left, wanted - before) from lots where before < wanted
        returning points
    )
    select coalesce(sum(points), 0) from used
$$;
-- Since when that is so: what was taken before is not proven.
alter table ledger_verification add column lots_in_order_since timestamptz not null default clock_timestamp();
