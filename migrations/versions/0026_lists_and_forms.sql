-- Lists and forms as the app's screens read and send them.

alter table bookings drop constraint bookings_booking_type_check;
alter table bookings add constraint bookings_booking_type_check check (booking_type in (
    'HOTEL', 'FLIGHT', 'PACKAGE', 'ACTIVITY', 'TRANSFER', 'VISA', 'INSURANCE', 'TRIP', 'OFFER', 'CUSTOM', 'OTHER')) not valid;
alter table bookings validate constraint bookings_booking_type_check;

-- An order that comes to nothing is paid by a payment too, so that whoever waits for one finds it.
alter table payments drop constraint payments_amount_check;
alter table payments add constraint payments_amount_check check (amount > 0 or amount = 0 and payment_method = 'BALANCE')
    not valid;
alter table payments validate constraint payments_amount_check;

-- The app's screens lay orders and bookings into one list, so lists of orders leave out those behind bookings. An order
-- says it itself, so that an index can find the others.
alter table orders add column is_booked boolean not null default false;
update orders set is_booked = true where exists (select from bookings b where b.order_id = orders.id);

create function mark_booked_order() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    update orders set is_booked = true where id = new.order_id and not is_booked;
    return null;
end
$$;
revoke execute on function mark_booked_order() from public;
create trigger bookings_mark_order after insert on bookings
    for each row execute function mark_booked_order();

drop index orders_page, orders_status, orders_payment_status;
create index orders_page on orders (is_booked, created_at desc, id desc);
create index orders_status on orders (status, is_booked, created_at desc, id desc);
create index orders_payment_status on orders (payment_status, is_booked, created_at desc, id desc);

-- What people are told of how an order is paid: partly, as soon as something of it is paid or held; and one that was called
-- off with nothing paid is no debt.
create function shown_payment_status(status text, payment_status text, held numeric) returns text
language sql immutable parallel safe as $$
    select case when payment_status = 'UNPAID' and status = 'CANCELLED' then 'CANCELLED'
                when payment_status = 'UNPAID' and held > 0 then 'PARTIALLY_PAID' else payment_status end
$$;
create function amount_due(status text, unpaid numeric, currency text) returns numeric
language sql immutable parallel safe as $$
    select money(case when status in ('DRAFT', 'ISSUED') then unpaid else 0 end, currency)
$$;

create or replace view order_documents as
select
    o.id, o.user_id, o.order_number, o.status, o.payment_status, o.created_at,
    json_build_object(
        'id', o.id, 'order_number', o.order_number, 'user_id', o.user_id, 'created_by_user_id', o.created_by_user_id,
        'order_type', o.order_type, 'status', o.status, 'payment_status', shown_payment_status(o.status, o.payment_status, held.amount),
        'subtotal', money(o.subtotal, o.currency), 'tax_rate', trim_scale(o.tax_rate),
        'tax_amount', money(o.tax_amount, o.currency), 'discount_amount', money(o.discount_amount, o.currency),
        'total_amount', money(o.total_amount, o.currency), 'amount_paid', money(o.amount_paid, o.currency),
        'amount_refunded', money(o.amount_refunded, o.currency),
        'amount_written_off', money(o.amount_written_off, o.currency),
        'points_held', held.points, 'amount_held', money(held.amount, o.currency),
        'amount_due', amount_due(o.status, o.total_amount - o.amount_written_off - o.amount_paid - held.amount, o.currency),
        'currency', o.currency, 'notes_ar', o.notes_ar, 'notes_en', o.notes_en, 'is_free', o.is_free,
        'due_date', o.due_date, 'issued_at', o.issued_at, 'paid_at', o.paid_at, 'created_at', o.created_at,
        'updated_at', o.updated_at, 'invoice_number', (select i.invoice_number from invoices i where i.order_id = o.id),
        'items', (
            select coalesce(json_agg(json_build_object(
                'id', i.id, 'description_ar', i.description_ar, 'description_en', i.description_en,
                'quantity', trim_scale(i.quantity), 'unit_price', money(i.unit_price, o.currency),
                'total_price', money(i.total_price, o.currency), 'currency', o.currency) order by i.position), '[]')
            from order_items i where i.order_id = o.id),
        'user', json_build_object('id', u.id, 'first_name', u.first_name, 'last_name', u.last_name,
                                  'username', u.username, 'email', u.email, 'phone', u.phone)) as document,
    o.is_on_account, o.is_booked, shown_payment_status(o.status, o.payment_status, held.amount) as shown_payment_status
from orders o join users u on u.id = o.user_id
cross join lateral (select coalesce(sum(h.amount), 0) as amount, coalesce(sum(h.points), 0) as points
                    from holds h where h.order_id = o.id and h.state = 'HELD') held;

-- With the person who pays.
create or replace view payment_documents as
select
    p.id, p.order_id, p.user_id, p.status, in_review(p) as in_review, p.created_at,
    json_build_object(
        'id', p.id, 'payment_number', p.payment_number, 'amount', money(p.amount, p.currency), 'currency', p.currency,
        'status', p.status, 'payment_method', p.payment_method, 'payment_type', p.payment_type, 'source', 'PAYMENT',
        'review_reason', case when in_review(p) then p.review_reason end,
        'created_at', p.created_at, 'paid_at', p.paid_at,
        'user_id', p.user_id, 'user', json_build_object(
            'id', u.id, 'first_name', u.first_name, 'last_name', u.last_name, 'email', u.email, 'phone', u.phone),
        'order', json_build_object('id', o.id, 'order_number', o.order_number, 'notes_en', o.notes_en,
                                   'notes_ar', o.notes_ar),
        'booking', case when b.id is not null then json_build_object(
            'id', b.id, 'booking_number', b.booking_number, 'title_en', b.title_en, 'title_ar', b.title_ar,
            'booking_type', b.booking_type, 'start_date', b.start_date, 'end_date', b.end_date) end) as document
from payments p left join orders o on o.id = p.order_id left join bookings b on b.order_id = p.order_id left join users u on u.id = p.user_id;

create or replace view unpaid_order_documents as
select
    o.id, o.id as order_id, o.user_id, status_without_payment(o) as status, false as in_review, o.created_at,
    json_build_object(
        'id', o.id, 'payment_number', o.order_number, 'amount', money(o.total_amount, o.currency), 'currency', o.currency,
        'status', status_without_payment(o), 'payment_method', 'INVOICE',
        'payment_type', case when b.id is null then 'ORDER' else 'BOOKING' end, 'source', 'INVOICE',
        'review_reason', null::text, 'created_at', o.created_at, 'paid_at', o.paid_at,
        'user_id', o.user_id, 'user', json_build_object(
            'id', u.id, 'first_name', u.first_name, 'last_name', u.last_name, 'email', u.email, 'phone', u.phone),
        'order', json_build_object('id', o.id, 'order_number', o.order_number, 'notes_en', o.notes_en,
                                   'notes_ar', o.notes_ar),
        'booking', case when b.id is not null then json_build_object(
            'id', b.id, 'booking_number', b.booking_number, 'title_en', b.title_en, 'title_ar', b.title_ar,
            'booking_type', b.booking_type, 'start_date', b.start_date, 'end_date', b.end_date) end) as document
from orders o left join bookings b on b.order_id = o.id left join users u on u.id = o.user_id
where not o.has_payment;
