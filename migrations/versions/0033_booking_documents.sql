-- As before; with what is due and held, and with the card number of the customer.
create or replace function booking_documents(for_staff boolean)
returns table (id uuid, user_id uuid, booking_type text, booking_source text, status text, start_date date,
               created_at timestamptz, document json)
language sql stable parallel safe
begin atomic
    select
        b.id, b.user_id, b.booking_type, b.booking_source, b.status, b.start_date, b.created_at,
        json_build_object(
            'id', b.id, 'booking_number', b.booking_number, 'order_id', b.order_id, 'user_id', b.user_id,
            'customer_name', u.first_name || ' ' || u.last_name, 'membership_id', u.membership_id_display,
            'created_by_user_id', b.created_by_user_id,
            'creator_name', c.first_name || ' ' || c.last_name, 'booking_type', b.booking_type,
            'booking_source', b.booking_source, 'status', b.status, 'title_ar', b.title_ar, 'title_en', b.title_en,
            'description_ar', b.description_ar, 'description_en', b.description_en, 'start_date', b.start_date,
            'end_date', b.end_date, 'guest_count', b.guest_count, 'guest_names', b.guest_names,
            'customer_notes', b.customer_notes, 'internal_notes', case when for_staff then b.internal_notes end,
            'booking_details', b.booking_details, 'confirmation_number', b.confirmation_number,
            'priced', b.priced_at is not null, 'payment_status', shown_payment_status(o.status, o.payment_status, held.amount),
            'subtotal', money(o.subtotal, o.currency), 'tax_rate', trim_scale(o.tax_rate),
            'tax_amount', money(o.tax_amount, o.currency), 'discount_amount', money(o.discount_amount, o.currency),
            'total_amount', money(o.total_amount, o.currency), 'amount_paid', money(o.amount_paid, o.currency),
            'amount_held', money(held.amount, o.currency),
            'amount_due', amount_due(o.status, o.total_amount - o.amount_written_off - o.amount_paid - held.amount, o.currency),
            'currency', o.currency, 'created_at', b.created_at, 'updated_at', b.updated_at,
            'items', (
                select json_agg(json_build_object(
                    'id', i.id, 'item_type', i.item_type, 'description_ar', i.description_ar,
                    'description_en', i.description_en, 'quantity', trim_scale(i.quantity),
                    'unit_price', money(i.unit_price, o.currency), 'total_price', money(i.total_price, o.currency),
                    'currency', o.currency, 'item_details', i.item_details) order by i.position)
                from order_items i where i.order_id = b.order_id),
            'history', (
                select json_agg(json_build_object(
                    'status', h.status, 'reason', h.reason, 'by', p.first_name || ' ' || p.last_name, 'at', h.at)
                    order by h.id)
                from booking_history h left join users p on p.id = h.by_user_id where h.booking_id = b.id))
    from bookings b join orders o on o.id = b.order_id join users u on u.id = b.user_id
    join users c on c.id = b.created_by_user_id
    cross join lateral (select coalesce(sum(h.amount), 0) as amount
                        from holds h where h.order_id = b.order_id and h.state = 'HELD') held;
end;
