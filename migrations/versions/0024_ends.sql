-- Every order comes to an end.

-- Part-paid orders whose bookings were called off and whose money went back stayed ISSUED, and nothing could move them.
update orders set status = 'CANCELLED', updated_at = now()
where status = 'ISSUED' and amount_paid = 0
  and exists (select from bookings b where b.order_id = orders.id and b.status in ('CANCELLED', 'REFUNDED'));

-- What an administrator has given up of an order. It is a loss of ours and no lower price: the invoice stays as it is.
alter table orders add column amount_written_off numeric(14,3) not null default 0;
alter table orders add constraint orders_amount_written_off_check
    check (amount_written_off >= 0 and amount_paid + amount_written_off <= total_amount);

-- A PAID order is paid as far as it was not written off.
do $$
declare
    name text;
begin
    select conname into strict name from pg_constraint
    where conrelid = 'orders'::regclass and contype = 'c'
      and pg_get_constraintdef(oid) like '%payment_status <> ''PAID''%amount_paid = total_amount%';
    execute format('alter table orders drop constraint %I', name);
end
$$;
alter table orders add constraint orders_paid_check
    check (payment_status <> 'PAID' or amount_paid + amount_written_off = total_amount);

create or replace view order_documents as
select
    o.id, o.user_id, o.order_number, o.status, o.payment_status, o.created_at,
    json_build_object(
        'id', o.id, 'order_number', o.order_number, 'user_id', o.user_id, 'created_by_user_id', o.created_by_user_id,
        'order_type', o.order_type, 'status', o.status, 'payment_status', o.payment_status,
        'subtotal', money(o.subtotal, o.currency), 'tax_rate', trim_scale(o.tax_rate),
        'tax_amount', money(o.tax_amount, o.currency), 'discount_amount', money(o.discount_amount, o.currency),
        'total_amount', money(o.total_amount, o.currency), 'amount_paid', money(o.amount_paid, o.currency),
        'amount_refunded', money(o.amount_refunded, o.currency),
        'amount_written_off', money(o.amount_written_off, o.currency),
        'points_held', (select coalesce(sum(h.points), 0) from holds h where h.order_id = o.id and h.state = 'HELD'),
        'amount_held', (select money(coalesce(sum(h.amount), 0), o.currency) from holds h
                        where h.order_id = o.id and h.state = 'HELD'),
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
    o.is_on_account
from orders o join users u on u.id = o.user_id;
