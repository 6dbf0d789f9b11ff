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
