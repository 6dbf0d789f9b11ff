-- Wallets, points and cashback on a double-entry ledger.
--
-- Every account belongs to one customer, the house's counter-accounts too: what the house gave or took is their sum, and
-- no two customers ever wait for each other. A customer's row in `wallets` is the lock for all of their accounts.

create table wallets (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null unique references users,
    created_at timestamptz not null default now()
);
insert into wallets (user_id, created_at) select id, created_at from users;

create function open_wallet() returns trigger
language plpgsql as $$
begin
    insert into wallets (user_id) values (new.id);
    return null;
end
$$;
create trigger users_open_wallet after insert on users for each row execute function open_wallet();

create table ledger_accounts (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users,
    kind text not null check (kind in (
        -- what the customer has, free or held for an order, and money of theirs that counts for nothing yet
        'WALLET', 'WALLET_HELD', 'CASHBACK', 'CASHBACK_HELD', 'POINTS', 'POINTS_HELD', 'UNAPPLIED',
        -- what the customer owes, because it was taken back after it had been spent
        'POINTS_DEBT', 'CASHBACK_DEBT',
        -- where it came from and where it went
        'GATEWAY', 'DESK', 'SALES', 'EXCHANGE', 'REDEMPTIONS', 'CASHBACK_COST',
        'POINTS_ISSUED', 'POINTS_REDEEMED', 'POINTS_EXPIRED')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    balance numeric(18,3) not null default 0,
    entries bigint not null default 0,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    unique (user_id, kind, currency),
    constraint ledger_accounts_never_below_zero check (balance >= 0 or kind not in (
        'WALLET', 'WALLET_HELD', 'CASHBACK', 'CASHBACK_HELD', 'POINTS', 'POINTS_HELD', 'UNAPPLIED')),
    constraint ledger_accounts_debt_not_overpaid check (balance <= 0 or kind not in ('POINTS_DEBT', 'CASHBACK_DEBT')),
    check ((kind like 'POINTS%') = (currency = 'PTS')),
    check (currency <> 'PTS' or balance = trunc(balance))
);

create table ledger_transactions (
    id uuid primary key default gen_random_uuid(),
    -- What caused it: a cause that comes twice is one transaction.
    key text not null unique,
    kind text not null check (kind in (
        'DEPOSIT', 'WITHDRAWAL', 'RECEIVE', 'APPLY', 'HOLD', 'SPEND', 'RELEASE', 'REFUND', 'EARN_POINTS',
        'TAKE_BACK_POINTS', 'REDEEM_POINTS', 'EXPIRE_POINTS', 'CREDIT_CASHBACK', 'TAKE_BACK_CASHBACK',
        'WITHDRAW_CASHBACK')),
    user_id uuid not null references users,
    -- What people are told that it is about.
    reference_type text check (reference_type in ('ORDER', 'BOOKING', 'PAYMENT', 'REFUND', 'CASHBACK')),
    reference_id uuid,
    -- What it is proven against. No foreign keys: a draft whose holds were released may be deleted.
    order_id uuid,
    payment_id uuid,
    description_en text not null,
    description_ar text not null,
    multiplier numeric(6,3),
    created_at timestamptz not null default clock_timestamp(),
    check ((reference_type is null) = (reference_id is null))
);
create index ledger_transactions_user on ledger_transactions (user_id, created_at);
create index ledger_transactions_order on ledger_transactions (order_id) where order_id is not null;
create index ledger_transactions_payment on ledger_transactions (payment_id) where payment_id is not null;

create table ledger_entries (
    id uuid primary key default gen_random_uuid(),
    transaction_id uuid not null references ledger_transactions,
    account_id uuid not null references ledger_accounts,
    -- The how-manieth of its account, without gaps.
    number bigint not null,
    amount numeric(18,3) not null check (amount <> 0),
    balance_after numeric(18,3) not null,
    created_at timestamptz not null default clock_timestamp(),
    unique (account_id, number)
);
create index ledger_entries_transaction on ledger_entries (transaction_id);
create index ledger_entries_page on ledger_entries (account_id, created_at desc, id desc);

-- An account moves by an entry and by nothing else, so the two can't drift apart. Each entry is later than the one before
-- it, whatever the clock does, so that history can page by time.
create function move_account() returns trigger
language plpgsql as $$
begin
    update ledger_accounts set balance = balance + new.amount, entries = entries + 1,
           updated_at = greatest(clock_timestamp(), updated_at + interval '1 microsecond')
    where id = new.account_id returning balance, entries, updated_at into new.balance_after, new.number, new.created_at;
    return new;
end
$$;
create trigger ledger_entries_move before insert on ledger_entries for each row execute function move_account();

create trigger ledger_accounts_begin_empty before insert on ledger_accounts
    for each row when (new.balance <> 0 or new.entries <> 0) execute function refuse_change();
create trigger ledger_accounts_by_entries_only before update on ledger_accounts
    for each row when (pg_trigger_depth() = 0) execute function refuse_change();
create trigger ledger_accounts_stay before delete on ledger_accounts for each row execute function refuse_change();
create trigger ledger_accounts_no_truncate before truncate on ledger_accounts
    for each statement execute function refuse_change();
create trigger ledger_transactions_append_only before update or delete on ledger_transactions
    for each row execute function refuse_change();
create trigger ledger_transactions_no_truncate before truncate on ledger_transactions
    for each statement execute function refuse_change();
create trigger ledger_entries_append_only before update or delete on ledger_entries
    for each row execute function refuse_change();
create trigger ledger_entries_no_truncate before truncate on ledger_entries
    for each statement execute function refuse_change();

-- Deferred: the entries of a transaction are written one after another.
create function check_entries_sum() returns trigger
language plpgsql as $$
begin
    if exists (select from ledger_entries e join ledger_accounts a on a.id = e.account_id
               where e.transaction_id = new.transaction_id group by a.currency having sum(e.amount) <> 0) then
        raise exception 'ledger transaction % does not sum to zero', new.transaction_id using errcode = 'check_violation';
    end if;
    return null;
end
$$;
create constraint trigger ledger_entries_sum_to_zero after insert on ledger_entries
    deferrable initially deferred for each row execute function check_entries_sum();

create function check_has_entries() returns trigger
language plpgsql as $$
begin
    if not exists (select from ledger_entries where transaction_id = new.id) then
        raise exception 'ledger transaction % has no entries', new.id using errcode = 'check_violation';
    end if;
    return null;
end
$$;
create constraint trigger ledger_transactions_have_entries after insert on ledger_transactions
    deferrable initially deferred for each row execute function check_has_entries();

-- `legs`: [{"account": "WALLET", "currency": "EGP", "amount": -100}, …]. The new transaction's id, or null where its key
-- was posted before. The caller has locked the customer's wallet.
create function post_transaction(
    of_key text, of_kind text, of_user uuid, about_type text, about_id uuid, of_order uuid, of_payment uuid,
    in_english text, in_arabic text, by_multiplier numeric, legs jsonb
) returns uuid
language plpgsql as $$
declare
    posted uuid;
begin
    insert into ledger_transactions (key, kind, user_id, reference_type, reference_id, order_id, payment_id,
                                     description_en, description_ar, multiplier)
    values (of_key, of_kind, of_user, about_type, about_id, of_order, of_payment, in_english, in_arabic, by_multiplier)
    on conflict (key) do nothing returning id into posted;
    if posted is null then
        return null;
    end if;
    insert into ledger_accounts (user_id, kind, currency)
    select of_user, leg.account, leg.currency from jsonb_to_recordset(legs) as leg(account text, currency text)
    where not exists (select from ledger_accounts a
                      where a.user_id = of_user and a.kind = leg.account and a.currency = leg.currency)
    on conflict (user_id, kind, currency) do nothing;
    insert into ledger_entries (transaction_id, account_id, amount)
    select posted, a.id, leg.amount
    from jsonb_to_recordset(legs) as leg(account text, currency text, amount numeric)
    join ledger_accounts a on a.user_id = of_user and a.kind = leg.account and a.currency = leg.currency;
    return posted;
end
$$;

-- Points by when they expire. `points_left` moves by a row in `points_lot_uses` and by nothing else.
create table points_lots (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users,
    transaction_id uuid not null references ledger_transactions,
    order_id uuid,
    points integer not null check (points > 0),
    points_left integer not null check (points_left between 0 and points),
    expires_at timestamptz not null,
    created_at timestamptz not null default clock_timestamp()
);
create index points_lots_user on points_lots (user_id, expires_at);
create index points_lots_transaction on points_lots (transaction_id);
create index points_lots_expiring on points_lots (expires_at, user_id) where points_left > 0;

create table points_lot_uses (
    transaction_id uuid not null references ledger_transactions,
    lot_id uuid not null references points_lots,
    -- Above 0: taken from the lot; below: given back to it.
    points integer not null check (points <> 0),
    primary key (transaction_id, lot_id)
);
create index points_lot_uses_lot on points_lot_uses (lot_id);

create function use_points_lot() returns trigger
language plpgsql as $$
begin
    update points_lots set points_left = points_left - new.points where id = new.lot_id;
    return null;
end
$$;
create trigger points_lot_uses_move after insert on points_lot_uses for each row execute function use_points_lot();
create trigger points_lot_uses_append_only before update or delete on points_lot_uses
    for each row execute function refuse_change();
create trigger points_lot_uses_no_truncate before truncate on points_lot_uses
    for each statement execute function refuse_change();
create trigger points_lots_begin_full before insert on points_lots
    for each row when (new.points_left <> new.points) execute function refuse_change();
create trigger points_lots_by_uses_only before update of points, points_left on points_lots
    for each row when (pg_trigger_depth() = 0) execute function refuse_change();
create trigger points_lots_stay before delete on points_lots for each row execute function refuse_change();

-- Balances that wait for an order to be paid. At most one of each source at a time.
create table holds (
    id uuid primary key default gen_random_uuid(),
    order_id uuid not null references orders on delete cascade,
    -- The attempt that it belongs to; null while the order has none.
    payment_id uuid references payments,
    user_id uuid not null references users,
    source text not null check (source in ('POINTS', 'CASHBACK', 'WALLET')),
    -- What it is worth, in the currency of balances.
    amount numeric(14,3) not null check (amount > 0),
    points integer not null default 0 check ((source = 'POINTS') = (points > 0)),
    state text not null default 'HELD' check (state in ('HELD', 'SPENT', 'RELEASED')),
    -- Promised with the order itself: it outlives attempts that fail.
    is_for_order boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (state <> 'SPENT' or payment_id is not null)
);
create unique index holds_one_of_a_source on holds (order_id, source) where state = 'HELD';
create index holds_order on holds (order_id);
create index holds_payment on holds (payment_id);
create index holds_user on holds (user_id);

create function check_hold_move() returns trigger
language plpgsql as $$
begin
    raise exception 'a hold does not move from % to %', old.state, new.state using errcode = 'check_violation';
end
$$;
create trigger holds_move before update of state on holds
    for each row when (old.state <> 'HELD' and old.state is distinct from new.state) execute function check_hold_move();

-- By points earned in the last 365 days. `cashback_rate` in percent.
create table tiers (
    code text primary key check (code ~ '^[A-Z]+$'),
    name_en text not null,
    name_ar text not null,
    threshold integer not null unique check (threshold >= 0),
    multiplier numeric(6,3) not null check (multiplier >= 0),
    cashback_rate numeric(5,2) not null check (cashback_rate between 0 and 100)
);
insert into tiers (code, name_en, name_ar, threshold, multiplier, cashback_rate) values
    ('CLASSIC', 'Classic', 'كلاسيك', 0, 1, 1),
    ('SILVER', 'Silver', 'فضي', 5000, 1.25, 2),
    ('GOLD', 'Gold', 'ذهبي', 20000, 1.5, 3),
    ('VIP', 'VIP', 'كبار الشخصيات', 50000, 2, 5);

-- What one unit of a currency is worth in the currency of balances, for earning alone.
create table exchange_rates (
    currency text primary key check (currency ~ '^[A-Z]{3}$'),
    rate numeric(16,6) not null check (rate > 0),
    updated_by_user_id uuid references users,
    updated_at timestamptz not null default now()
);
create index exchange_rates_updater on exchange_rates (updated_by_user_id);

create table cashback_records (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users,
    order_id uuid not null unique references orders,
    reference_type text not null check (reference_type in ('ORDER', 'BOOKING')),
    reference_id uuid not null,
    -- What it was earned on, and what it came to, in the currency of balances.
    booking_amount numeric(14,3) not null check (booking_amount > 0),
    cashback_rate numeric(5,2) not null check (cashback_rate between 0 and 100),
    cashback_amount numeric(14,3) not null check (cashback_amount > 0),
    -- What refunds have taken back of it.
    taken_back numeric(14,3) not null default 0 check (taken_back between 0 and cashback_amount),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    status text not null default 'PENDING' check (status in (
        'PENDING', 'APPROVED', 'CREDITED', 'REJECTED', 'CANCELLED', 'PENDING_WITHDRAWAL')),
    -- When its refund window closes and the job credits it.
    credit_due_at timestamptz not null,
    approved_at timestamptz,
    approved_by_user_id uuid references users,
    credited_at timestamptz,
    rejection_reason text,
    description text not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check ((status = 'REJECTED') = (rejection_reason is not null)),
    check ((status = 'CREDITED') = (credited_at is not null))
);
create index cashback_records_user on cashback_records (user_id, created_at desc, id desc);
create index cashback_records_approver on cashback_records (approved_by_user_id);
create index cashback_records_waiting on cashback_records (created_at desc, id desc) where status in ('PENDING', 'APPROVED');
create index cashback_records_due on cashback_records (credit_due_at) where status in ('PENDING', 'APPROVED');

create function check_cashback_move() returns trigger
language plpgsql as $$
begin
    if not (old.status = 'PENDING' and new.status in ('APPROVED', 'CREDITED', 'REJECTED', 'CANCELLED')
            or old.status = 'APPROVED' and new.status in ('CREDITED', 'REJECTED', 'CANCELLED')) then
        raise exception 'a cashback does not move from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger cashback_records_move before update of status on cashback_records
    for each row when (old.status is distinct from new.status) execute function check_cashback_move();

-- A payment's split: what its attempt takes from balances beside `amount`, which is the gateway's part.
alter table payments
    add column points_to_use integer not null default 0 check (points_to_use >= 0),
    add column points_value numeric(14,3) not null default 0 check (points_value >= 0),
    add column cashback_to_use numeric(14,3) not null default 0 check (cashback_to_use >= 0),
    add column wallet_to_use numeric(14,3) not null default 0 check (wallet_to_use >= 0),
    -- What of the money that arrived counts for the order, in the order's currency.
    add column applied_amount numeric(14,3) not null default 0 check (applied_amount >= 0);
alter table payments drop constraint payments_review_reason_check;
alter table payments add constraint payments_review_reason_check check (review_reason in (
    'AMOUNT_DIFFERS', 'CURRENCY_DIFFERS', 'AMOUNT_UNREADABLE', 'SECOND_PAYMENT', 'ORDER_CANCELLED', 'REFUND_REPORTED',
    'BALANCE_SHORT', 'REFUND_UNKNOWN'));

alter table orders add column amount_refunded numeric(14,3) not null default 0;
alter table orders add constraint orders_amount_refunded_check check (amount_refunded between 0 and amount_paid);

-- Where verifying goes on: runs are short, customers many.
create table ledger_verification (
    only_row boolean primary key default true check (only_row),
    after_user_id uuid,
    began_at timestamptz,
    completed_at timestamptz,
    disagreements bigint not null default 0
);
insert into ledger_verification default values;

-- Payments that were settled without the ledger: what arrived, and what of it counts for its order. What a person settled
-- counts as much as they said, which the audit log keeps. A function, because the release before this one may settle a
-- payment while it is being replaced; how many it has posted.
create function post_payments_without_ledger() returns bigint
language plpgsql as $$
declare
    p record;
    source text;
    applied numeric;
    posted bigint := 0;
begin
    for p in
        select payments.*, orders.currency as order_currency from payments join orders on orders.id = payments.order_id
        where payments.status in ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED') and payments.received_amount > 0
          and not exists (select from ledger_transactions t where t.key = 'payment:' || payments.id || ':receive')
        order by payments.created_at
    loop
        perform from wallets where user_id = p.user_id for update;
        source := case p.payment_type when 'MANUAL' then 'DESK' else 'GATEWAY' end;
        applied := case
            when p.review_reason is null or p.review_reason = 'REFUND_REPORTED' and p.received_amount = p.amount then p.amount
            when p.review_reason = 'REFUND_REPORTED' or p.resolution = 'SETTLED' then coalesce(
                (select (l.after ->> 'amount')::numeric from audit_log l
                 where l.entity = 'payment' and l.entity_id = p.id and l.action = 'resolve-settle'
                 order by l.at desc limit 1), p.received_amount)
            else 0 end;
        perform post_transaction(
            'payment:' || p.id || ':receive', 'RECEIVE', p.user_id, 'PAYMENT', p.id, p.order_id, p.id,
            'Received with ' || p.payment_number, 'استلام ' || p.payment_number, null,
            jsonb_build_array(
                jsonb_build_object('account', source, 'currency', p.received_currency, 'amount', -p.received_amount),
                jsonb_build_object('account', 'UNAPPLIED', 'currency', p.received_currency, 'amount', p.received_amount)));
        if applied > 0 then
            perform post_transaction(
                'payment:' || p.id || ':apply', 'APPLY', p.user_id, 'ORDER', p.order_id, p.order_id, p.id,
                'Paid with ' || p.payment_number, 'دفع ' || p.payment_number, null,
                case when p.received_currency = p.order_currency then
                    jsonb_build_array(
                        jsonb_build_object('account', 'UNAPPLIED', 'currency', p.received_currency, 'amount', -applied),
                        jsonb_build_object('account', 'SALES', 'currency', p.order_currency, 'amount', applied))
                else
                    jsonb_build_array(
                        jsonb_build_object('account', 'UNAPPLIED', 'currency', p.received_currency,
                                           'amount', -p.received_amount),
                        jsonb_build_object('account', 'EXCHANGE', 'currency', p.received_currency,
                                           'amount', p.received_amount),
                        jsonb_build_object('account', 'EXCHANGE', 'currency', p.order_currency, 'amount', -applied),
                        jsonb_build_object('account', 'SALES', 'currency', p.order_currency, 'amount', applied))
                end);
            update payments set applied_amount = applied where id = p.id;
        end if;
        posted := posted + 1;
    end loop;
    return posted;
end
$$;
select post_payments_without_ledger();
