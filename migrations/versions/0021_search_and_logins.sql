-- A text as searches compare it. Compatibility decomposition takes hamza, madda, vowel signs and accents off their letters
-- and makes full-width and presentation forms plain; marks and tatweel are dropped. What it does not decompose is mapped:
-- alef wasla to alef, alef maqsura and Persian ya to ya, ta marbuta to ha.
create function folded(given text) returns text
language sql immutable strict parallel safe as $$
    select translate(
        regexp_replace(lower(normalize(given, NFKD)),
                       '[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]', '', 'g'),
        U&'\0671\0649\06CC\0629', U&'\0627\064A\064A\0647')
$$;

-- What a folded text is like if it contains this one. Folded first, since a full-width % becomes a plain one.
create function search_pattern(given text) returns text
language sql immutable strict parallel safe as $$
    select '%' || regexp_replace(folded(given), '([\\%_])', '\\\1', 'g') || '%'
$$;

-- Where a search looks. PostgreSQL merges these functions into a statement, so the indexes are on what they come to.
-- The one of users names its columns, because most functions may not read a whole row of users.
create function search_text(first_name text, last_name text, email text, username text, phone text) returns text
language sql immutable parallel safe as $$
    select folded(first_name || ' ' || last_name || ' ' || email || ' ' || coalesce(username, '') || ' ' || coalesce(phone, ''))
$$;
create function search_text(of_item order_items) returns text
language sql immutable parallel safe as $$
    select folded(of_item.description_ar || ' ' || of_item.description_en)
$$;
create index users_folded on users using gin (
    folded(first_name || ' ' || last_name || ' ' || email || ' ' || coalesce(username, '') || ' ' || coalesce(phone, ''))
    gin_trgm_ops
);
create index order_items_folded on order_items using gin (folded(description_ar || ' ' || description_en) gin_trgm_ops);
create index orders_folded on orders using gin (folded(order_number) gin_trgm_ops);

-- An order that was called off is no debt.
create function status_without_payment(of_order orders) returns text
language sql immutable parallel safe as $$
    select case when of_order.status = 'CANCELLED' and of_order.payment_status = 'UNPAID' then 'CANCELLED'
                else of_order.payment_status end
$$;
create index orders_without_payment_shown on orders
    ((case when status = 'CANCELLED' and payment_status = 'UNPAID' then 'CANCELLED' else payment_status end),
     created_at desc, id desc) where not has_payment;

create or replace view unpaid_order_documents as
select
    o.id, o.id as order_id, o.user_id, status_without_payment(o) as status, false as in_review, o.created_at,
    json_build_object(
        'id', o.id, 'payment_number', o.order_number, 'amount', money(o.total_amount, o.currency), 'currency', o.currency,
        'status', status_without_payment(o), 'payment_method', 'INVOICE',
        'payment_type', case when b.id is null then 'ORDER' else 'BOOKING' end, 'source', 'INVOICE',
        'review_reason', null::text, 'created_at', o.created_at, 'paid_at', o.paid_at,
        'order', json_build_object('id', o.id, 'order_number', o.order_number, 'notes_en', o.notes_en,
                                   'notes_ar', o.notes_ar),
        'booking', case when b.id is not null then json_build_object(
            'id', b.id, 'booking_number', b.booking_number, 'title_en', b.title_en, 'title_ar', b.title_ar,
            'booking_type', b.booking_type, 'start_date', b.start_date, 'end_date', b.end_date) end) as document
from orders o left join bookings b on b.order_id = o.id
where not o.has_payment;

-- Attempts to log in. `address` is the place that is counted: an address, a network, a device or a session; `network` is the
-- wider network of an IPv6 place. Whoever opened the account before does not count for it. The release before writes neither.
alter table login_attempts add column network text, add column counts_for_account boolean not null default true;
create index login_attempts_network on login_attempts (network, at) where network is not null;

-- Where a session was opened, as the throttle counts it. IPv4 addresses of before are known at once; an IPv6 place is known
-- from its next login.
alter table sessions add column place text;
update sessions set place = address where address ~ '^[0-9]{1,3}(\.[0-9]{1,3}){3}$';
create index sessions_place on sessions (user_id, place);
