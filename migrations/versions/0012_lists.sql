-- Lists of payments also show orders that have no payment. To find them among a million that have one, an order says it
-- itself. Orders of before get the default for the whole table at once, so only those without a payment are rewritten.
alter table orders add column has_payment boolean not null default true;
update orders o set has_payment = false where not exists (select from payments p where p.order_id = o.id);
alter table orders alter column has_payment set default false;

create index orders_without_payment on orders (created_at desc, id desc) where not has_payment;
create index orders_without_payment_status on orders (payment_status, created_at desc, id desc) where not has_payment;

create function mark_order_with_payment() returns trigger
language plpgsql as $$
begin
    update orders set has_payment = true where id = new.order_id and not has_payment;
    return null;
end
$$;
create trigger payments_mark_order after insert on payments
    for each row execute function mark_order_with_payment();

create or replace view unpaid_order_documents as
select
    o.id, o.id as order_id, o.user_id, o.payment_status as status, false as in_review, o.created_at,
    json_build_object(
        'id', o.id, 'payment_number', o.order_number, 'amount', money(o.total_amount, o.currency), 'currency', o.currency,
        'status', o.payment_status, 'payment_method', 'INVOICE',
        'payment_type', case when b.id is null then 'ORDER' else 'BOOKING' end, 'source', 'INVOICE',
        'review_reason', null::text, 'created_at', o.created_at, 'paid_at', o.paid_at,
        'order', json_build_object('id', o.id, 'order_number', o.order_number, 'notes_en', o.notes_en,
                                   'notes_ar', o.notes_ar),
        'booking', case when b.id is not null then json_build_object(
            'id', b.id, 'booking_number', b.booking_number, 'title_en', b.title_en, 'title_ar', b.title_ar,
            'booking_type', b.booking_type, 'start_date', b.start_date, 'end_date', b.end_date) end) as document
from orders o left join bookings b on b.order_id = o.id
where not o.has_payment;
