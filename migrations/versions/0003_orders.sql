-- Orders, their items, and the invoices that issuing them makes.

create table orders (
    id uuid primary key default gen_random_uuid(),
    order_number text not null unique,
    user_id uuid not null references users,
    created_by_user_id uuid not null references users,
    order_type text not null check (order_type in ('SERVICE', 'MANUAL_INVOICE', 'EXTRA', 'CUSTOM_FEE', 'OTHER')),
    status text not null default 'DRAFT' check (status in ('DRAFT', 'ISSUED', 'PAID', 'CANCELLED', 'REFUNDED')),
    payment_status text not null default 'UNPAID'
        check (payment_status in ('UNPAID', 'PARTIALLY_PAID', 'PAID', 'REFUNDED')),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    subtotal numeric(14,3) not null check (subtotal >= 0),
    discount_amount numeric(14,3) not null check (discount_amount between 0 and subtotal),
    tax_rate numeric(5,2) not null check (tax_rate between 0 and 100),
    tax_amount numeric(14,3) not null check (tax_amount >= 0),
    total_amount numeric(14,3) not null check (total_amount >= 0),
    amount_paid numeric(14,3) not null default 0 check (amount_paid between 0 and total_amount),
    is_free boolean not null default false,
    notes_ar text,
    notes_en text,
    due_date date,
    issued_at timestamptz,
    paid_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (total_amount = subtotal - discount_amount + tax_amount),
    check (not is_free or total_amount = 0),
    check ((status in ('PAID', 'REFUNDED')) = (payment_status in ('PAID', 'REFUNDED'))),
    check (status = 'DRAFT' or status = 'CANCELLED' or issued_at is not null),
    check (payment_status <> 'PAID' or amount_paid = total_amount)
);
create index orders_page on orders (created_at desc, id desc);
create index orders_user on orders (user_id, created_at desc, id desc);
create index orders_creator on orders (created_by_user_id);
create index orders_status on orders (status, created_at desc, id desc);
create index orders_payment_status on orders (payment_status, created_at desc, id desc);
create index orders_search on orders using gin (lower(order_number) gin_trgm_ops);

create function check_order_move() returns trigger
language plpgsql as $$
begin
    if (old.status, new.status) not in (('DRAFT', 'ISSUED'), ('DRAFT', 'CANCELLED'), ('ISSUED', 'PAID'),
                                        ('ISSUED', 'CANCELLED'), ('PAID', 'REFUNDED')) then
        raise exception 'an order does not move from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger orders_move before update of status on orders
    for each row when (old.status is distinct from new.status) execute function check_order_move();

create table order_items (
    id uuid primary key default gen_random_uuid(),
    order_id uuid not null references orders on delete cascade,
    position integer not null,
    description_ar text not null check (length(description_ar) <= 2000),
    description_en text not null check (length(description_en) <= 2000),
    quantity numeric(12,3) not null check (quantity > 0),
    unit_price numeric(14,3) not null check (unit_price >= 0),
    total_price numeric(14,3) not null check (total_price >= 0),
    unique (order_id, position)
);

-- What was issued, as it was then: a later change of a name, a price or the seller alters no old invoice.
create table invoices (
    id uuid primary key default gen_random_uuid(),
    order_id uuid not null unique references orders,
    invoice_number text not null unique,
    verify_token text not null unique,
    issued_at timestamptz not null default now(),
    snapshot jsonb not null
);
create trigger invoices_append_only before update or delete on invoices for each row execute function refuse_change();
create trigger invoices_no_truncate before truncate on invoices for each statement execute function refuse_change();
