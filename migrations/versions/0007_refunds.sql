-- Refunds, their parts, and the credit notes they make.

create table refunds (
    id uuid primary key default gen_random_uuid(),
    refund_number text not null unique,
    order_id uuid not null references orders,
    -- Set: what goes back is money of this payment that never counted for its order.
    payment_id uuid references payments,
    user_id uuid not null references users,
    amount numeric(14,3) not null check (amount > 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    reason text not null check (reason <> ''),
    destination text not null check (destination in ('wallet', 'gateway')),
    status text not null default 'PENDING' check (status in ('PENDING', 'COMPLETED', 'REJECTED', 'NEEDS_REVIEW')),
    -- Why it was rejected or waits for a person.
    message text,
    points_taken_back integer not null default 0 check (points_taken_back >= 0),
    cashback_taken_back numeric(14,3) not null default 0 check (cashback_taken_back >= 0),
    -- Who asked under which Idempotency-Key: the gateway is not asked again should only the answer have been lost.
    request_key text,
    created_by_user_id uuid not null references users,
    created_at timestamptz not null default now(),
    completed_at timestamptz,
    updated_at timestamptz not null default now(),
    check ((status = 'COMPLETED') = (completed_at is not null)),
    check (status not in ('REJECTED', 'NEEDS_REVIEW') or message is not null)
);
-- One refund of an order is under way at a time, so that nobody has to guess which of two the gateway speaks of.
create unique index refunds_one_under_way on refunds (order_id) where status in ('PENDING', 'NEEDS_REVIEW');
create index refunds_order on refunds (order_id, created_at desc, id desc);
create index refunds_payment on refunds (payment_id);
create index refunds_user on refunds (user_id);
create index refunds_creator on refunds (created_by_user_id);
create index refunds_request on refunds (request_key) where request_key is not null;
create index refunds_pending on refunds (created_at) where status = 'PENDING';

create function check_refund_move() returns trigger
language plpgsql as $$
begin
    if not (old.status = 'PENDING' and new.status in ('COMPLETED', 'REJECTED', 'NEEDS_REVIEW')
            or old.status = 'NEEDS_REVIEW' and new.status in ('COMPLETED', 'REJECTED')) then
        raise exception 'a refund does not move from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger refunds_move before update of status on refunds
    for each row when (old.status is distinct from new.status) execute function check_refund_move();

-- Where each part of a refund came from and where it goes, in the refund's currency.
create table refund_parts (
    id uuid primary key default gen_random_uuid(),
    refund_id uuid not null references refunds,
    payment_id uuid not null references payments,
    source text not null check (source in ('POINTS', 'CASHBACK', 'WALLET', 'GATEWAY', 'MANUAL')),
    destination text not null check (destination in ('POINTS', 'CASHBACK', 'WALLET', 'GATEWAY')),
    amount numeric(14,3) not null check (amount > 0),
    points integer not null default 0 check (points >= 0),
    -- The balance's part of the payment that it is taken from; null: money.
    hold_id uuid references holds,
    -- When it was claimed, to be sent to the gateway once; and when a genuine webhook said that the gateway has done it.
    claimed_at timestamptz,
    confirmed_at timestamptz,
    check (source = destination or hold_id is null and destination in ('WALLET', 'GATEWAY')),
    check ((source in ('POINTS', 'CASHBACK', 'WALLET')) = (hold_id is not null)),
    check (source = 'POINTS' or points = 0),
    check ((destination = 'GATEWAY') = (claimed_at is not null)),
    check (source <> 'MANUAL' or destination = 'WALLET')
);
create index refund_parts_refund on refund_parts (refund_id);
create index refund_parts_payment on refund_parts (payment_id);
create index refund_parts_hold on refund_parts (hold_id);

-- What takes back a part of an invoice, as it was then.
create table credit_notes (
    id uuid primary key default gen_random_uuid(),
    refund_id uuid not null unique references refunds,
    order_id uuid not null references orders,
    invoice_id uuid not null references invoices,
    credit_note_number text not null unique,
    issued_at timestamptz not null default now(),
    snapshot jsonb not null
);
create index credit_notes_order on credit_notes (order_id);
create index credit_notes_invoice on credit_notes (invoice_id);
create trigger credit_notes_append_only before update or delete on credit_notes
    for each row execute function refuse_change();
create trigger credit_notes_no_truncate before truncate on credit_notes
    for each statement execute function refuse_change();
