-- Bookings, and the items of theirs that orders keep.
--
-- A booking has an order behind it from the start. Prices, tax, what was paid and the items stand there and nowhere else.

create table bookings (
    id uuid primary key default gen_random_uuid(),
    booking_number text not null unique,
    order_id uuid not null unique references orders,
    user_id uuid not null references users,
    created_by_user_id uuid not null references users,
    booking_type text not null check (booking_type in (
        'HOTEL', 'FLIGHT', 'PACKAGE', 'ACTIVITY', 'TRANSFER', 'VISA', 'INSURANCE', 'TRIP', 'CUSTOM', 'OTHER')),
    booking_source text not null check (booking_source in ('SELF', 'ADMIN', 'AGENT')),
    status text not null default 'PENDING' check (status in (
        'PENDING', 'CONFIRMED', 'CANCELLED', 'COMPLETED', 'REFUNDED', 'NO_SHOW')),
    title_ar text,
    title_en text,
    description_ar text,
    description_en text,
    start_date date,
    end_date date,
    guest_count integer not null check (guest_count >= 1),
    guest_names jsonb not null check (jsonb_typeof(guest_names) = 'array'),
    customer_notes text,
    internal_notes text,
    booking_details jsonb not null check (jsonb_typeof(booking_details) = 'object'),
    confirmation_number text,
    -- When staff said what it costs; a customer's own request has no price until then.
    priced_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check (start_date <= end_date),
    check (coalesce(title_ar, '') <> '' or coalesce(title_en, '') <> '')
);
create index bookings_page on bookings (created_at desc, id desc);
create index bookings_user on bookings (user_id, created_at desc, id desc);
create index bookings_creator on bookings (created_by_user_id);
create index bookings_status on bookings (status, created_at desc, id desc);
create index bookings_type on bookings (booking_type, created_at desc, id desc);
create index bookings_source on bookings (booking_source, created_at desc, id desc);
create index bookings_start on bookings (start_date);

create function check_booking_move() returns trigger
language plpgsql as $$
begin
    if (old.status, new.status) not in (('PENDING', 'CONFIRMED'), ('PENDING', 'CANCELLED'), ('CONFIRMED', 'COMPLETED'),
                                        ('CONFIRMED', 'CANCELLED'), ('CONFIRMED', 'NO_SHOW'),
                                        ('CANCELLED', 'REFUNDED')) then
        raise exception 'a booking does not move from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    return new;
end
$$;
create trigger bookings_move before update of status on bookings
    for each row when (old.status is distinct from new.status) execute function check_booking_move();

-- It goes with its booking and in no other way.
create table booking_history (
    id bigint generated always as identity primary key,
    booking_id uuid not null references bookings on delete cascade,
    status text not null,
    reason text,
    -- Null: the system, because money came or went back.
    by_user_id uuid references users,
    at timestamptz not null default clock_timestamp()
);
create index booking_history_booking on booking_history (booking_id, id);
create index booking_history_user on booking_history (by_user_id);
create trigger booking_history_append_only before update on booking_history
    for each row execute function refuse_change();
create trigger booking_history_with_its_booking before delete on booking_history
    for each row when (pg_trigger_depth() = 0) execute function refuse_change();
create trigger booking_history_no_truncate before truncate on booking_history
    for each statement execute function refuse_change();

-- What only the items of bookings have.
alter table order_items
    add column item_type text,
    add column item_details jsonb check (jsonb_typeof(item_details) = 'object');
