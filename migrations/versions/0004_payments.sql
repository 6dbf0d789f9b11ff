-- Payments, and what the gateway has told us.

create table payments (
    id uuid primary key default gen_random_uuid(),
    payment_number text not null unique,
    order_id uuid not null references orders,
    user_id uuid not null references users,
    payment_type text not null check (payment_type in ('ORDER', 'BOOKING', 'WALLET_DEPOSIT', 'MANUAL')),
    payment_method text not null,
    payment_method_id integer,
    amount numeric(14,3) not null check (amount > 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    status text not null default 'PENDING'
        check (status in ('PENDING', 'PAID', 'FAILED', 'CANCELLED', 'EXPIRED', 'REFUNDED', 'PARTIALLY_REFUNDED')),
    -- What the gateway answered when the attempt was opened. No gateway_invoice_id: not answered (yet).
    gateway_invoice_id text,
    gateway_invoice_key text,
    gateway_reference text,
    payment_url text,
    fawry_code text,
    qr_code text,
    expires_at timestamptz,
    answer_lost_at timestamptz,
    -- In the URLs that the payer's browser comes back to; nobody can guess it.
    return_token text not null unique,
    error_message text,
    -- What arrived, as the gateway shows it: it may differ from what was asked for.
    received_amount numeric(14,3),
    received_currency text,
    paid_at timestamptz,
    -- A payment waits for a person while it has a reason and no resolution.
    review_reason text check (review_reason in ('AMOUNT_DIFFERS', 'CURRENCY_DIFFERS', 'AMOUNT_UNREADABLE', 'SECOND_PAYMENT',
                                                'ORDER_CANCELLED', 'REFUND_REPORTED')),
    resolution text check (resolution in ('SETTLED', 'REJECTED', 'REFUND_DUE')),
    resolution_note text,
    resolved_by_user_id uuid references users,
    resolved_at timestamptz,
    -- When a job is to ask the gateway about it next; null: nothing to ask.
    check_due_at timestamptz default now() + interval '2 minutes',
    checks integer not null default 0,
    checked_at timestamptz,
    -- When the expiry job is to try again to close it; null: as soon as its time is over.
    expire_due_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check ((resolution is null) = (resolved_at is null)),
    check (resolution is null or review_reason is not null)
);
-- One attempt is open for an order at a time.
create unique index payments_one_open_attempt on payments (order_id) where status = 'PENDING';
create unique index payments_gateway_invoice on payments (gateway_invoice_id);
create index payments_gateway_key on payments (gateway_invoice_key);
create index payments_gateway_reference on payments (gateway_reference);
create index payments_order on payments (order_id);
create index payments_user on payments (user_id, created_at desc, id desc);
create index payments_page on payments (created_at desc, id desc);
create index payments_status on payments (status, created_at desc, id desc);
create index payments_resolver on payments (resolved_by_user_id) where resolved_by_user_id is not null;
create index payments_due on payments (check_due_at) where check_due_at is not null;
create index payments_in_review on payments (created_at desc, id desc) where review_reason is not null and resolution is null;

create function check_payment_move() returns trigger
language plpgsql as $$
begin
    if not (old.status = 'PENDING' and new.status in ('PAID', 'FAILED', 'EXPIRED', 'CANCELLED')
            or old.status in ('FAILED', 'EXPIRED', 'CANCELLED') and new.status = 'PAID'
            or old.status = 'PAID' and new.status in ('PARTIALLY_REFUNDED', 'REFUNDED')
            or old.status = 'PARTIALLY_REFUNDED' and new.status = 'REFUNDED') then
        raise exception 'a payment does not move from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger payments_move before update of status on payments
    for each row when (old.status is distinct from new.status) execute function check_payment_move();

-- Every webhook that came, by year so that old ones go by dropping a partition; what was done about it stands beside it.
create table webhook_events (
    id uuid not null default gen_random_uuid(),
    received_at timestamptz not null default now(),
    digest text not null,
    hash_held boolean not null,
    kind text,
    shape text,
    encoding text,
    invoice_id text,
    invoice_key text,
    reference text,
    body jsonb,
    primary key (id, received_at)
) partition by range (received_at);
create index webhook_events_page on webhook_events (received_at desc, id desc);
create index webhook_events_digest on webhook_events (digest, received_at);
create index webhook_events_invoice on webhook_events (invoice_id, received_at desc, id desc);
create index webhook_events_refused on webhook_events (received_at) where not hash_held;

create table webhook_outcomes (
    id uuid not null default gen_random_uuid(),
    event_id uuid not null,
    event_received_at timestamptz not null,
    at timestamptz not null default clock_timestamp(),
    outcome text not null check (outcome in ('processed', 'ignored', 'review', 'already_processed', 'deferred', 'unmatched',
                                             'refused', 'unreadable')),
    detail text not null,
    payment_id uuid references payments,
    primary key (id, event_received_at)
) partition by range (event_received_at);
create index webhook_outcomes_event on webhook_outcomes (event_id, at desc);
create index webhook_outcomes_payment on webhook_outcomes (payment_id);
create index webhook_outcomes_outcome on webhook_outcomes (outcome, event_received_at);

do $$
begin
    for year in 2026..2040 loop
        execute format('create table webhook_events_%s partition of webhook_events for values from (%L) to (%L)',
                       year, make_date(year, 1, 1), make_date(year + 1, 1, 1));
        execute format('create table webhook_outcomes_%s partition of webhook_outcomes for values from (%L) to (%L)',
                       year, make_date(year, 1, 1), make_date(year + 1, 1, 1));
    end loop;
end
$$;
create table webhook_events_other partition of webhook_events default;
create table webhook_outcomes_other partition of webhook_outcomes default;

-- A row's trigger is its partitions' too, one against truncate is not.
do $$
declare
    log regclass;
begin
    for log in select relid from pg_partition_tree('webhook_events')
               union all select relid from pg_partition_tree('webhook_outcomes') loop
        execute format('create trigger no_truncate before truncate on %s for each statement execute function refuse_change()', log);
    end loop;
end
$$;

create trigger webhook_events_append_only before update or delete on webhook_events
    for each row execute function refuse_change();
create trigger webhook_outcomes_append_only before update or delete on webhook_outcomes
    for each row execute function refuse_change();

-- Webhooks with something left to do: being worked on (should the instance die), the gateway was silent, or the invoice
-- was not known yet.
create table webhook_retries (
    event_id uuid primary key,
    event_received_at timestamptz not null,
    due_at timestamptz not null default now(),
    tries integer not null default 0,
    tried_at timestamptz
);
create index webhook_retries_due on webhook_retries (due_at);
