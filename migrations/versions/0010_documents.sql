-- The JSON that the API shows of orders, bookings, payments, refunds and loyalty.
--
-- Each view has typed columns to filter and page by, and `document`, the JSON of a response. The views are plain joins, so
-- PostgreSQL merges them into the statement that reads them: it uses the tables' indexes, and builds JSON only for the
-- rows that it returns. Lists page by (created_at, id). If the JSON depends on the caller or on the currency of balances,
-- a function takes the place of a view. PostgreSQL merges it in the same way.

create view order_documents as
select
    o.id, o.user_id, o.order_number, o.status, o.payment_status, o.created_at,
    json_build_object(
        'id', o.id, 'order_number', o.order_number, 'user_id', o.user_id, 'created_by_user_id', o.created_by_user_id,
        'order_type', o.order_type, 'status', o.status, 'payment_status', o.payment_status,
        'subtotal', money(o.subtotal, o.currency), 'tax_rate', trim_scale(o.tax_rate),
        'tax_amount', money(o.tax_amount, o.currency), 'discount_amount', money(o.discount_amount, o.currency),
        'total_amount', money(o.total_amount, o.currency), 'amount_paid', money(o.amount_paid, o.currency),
        'amount_refunded', money(o.amount_refunded, o.currency),
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
                                  'username', u.username, 'email', u.email, 'phone', u.phone)) as document
from orders o join users u on u.id = o.user_id;

-- Only staff see `message`: why a refund waits or was rejected. `cashback_taken_back` is in the currency of balances.
create function refund_documents(for_staff boolean, balance_currency text)
returns table (id uuid, order_id uuid, user_id uuid, created_at timestamptz, document json)
language sql stable parallel safe
begin atomic
    select
        r.id, r.order_id, r.user_id, r.created_at,
        json_build_object(
            'refund_id', r.id, 'refund_number', r.refund_number, 'order_id', r.order_id, 'payment_id', r.payment_id,
            'status', r.status, 'amount', money(r.amount, r.currency), 'currency', r.currency, 'reason', r.reason,
            'destination', r.destination, 'points_taken_back', r.points_taken_back,
            'cashback_taken_back', money(r.cashback_taken_back, balance_currency),
            'credit_note_number', (select n.credit_note_number from credit_notes n where n.refund_id = r.id),
            'message', case when for_staff then r.message end,
            'created_at', r.created_at, 'completed_at', r.completed_at,
            'parts', (
                select json_agg(json_build_object(
                    'source', f.source, 'destination', f.destination, 'amount', money(f.amount, r.currency),
                    'points', f.points, 'payment_id', f.payment_id)
                    order by array_position(array['POINTS', 'CASHBACK', 'WALLET', 'GATEWAY', 'MANUAL'], f.source), f.id)
                from refund_parts f where f.refund_id = r.id))
    from refunds r;
end;

-- Only staff see internal notes.
create function booking_documents(for_staff boolean)
returns table (id uuid, user_id uuid, booking_type text, booking_source text, status text, start_date date,
               created_at timestamptz, document json)
language sql stable parallel safe
begin atomic
    select
        b.id, b.user_id, b.booking_type, b.booking_source, b.status, b.start_date, b.created_at,
        json_build_object(
            'id', b.id, 'booking_number', b.booking_number, 'order_id', b.order_id, 'user_id', b.user_id,
            'customer_name', u.first_name || ' ' || u.last_name, 'created_by_user_id', b.created_by_user_id,
            'creator_name', c.first_name || ' ' || c.last_name, 'booking_type', b.booking_type,
            'booking_source', b.booking_source, 'status', b.status, 'title_ar', b.title_ar, 'title_en', b.title_en,
            'description_ar', b.description_ar, 'description_en', b.description_en, 'start_date', b.start_date,
            'end_date', b.end_date, 'guest_count', b.guest_count, 'guest_names', b.guest_names,
            'customer_notes', b.customer_notes, 'internal_notes', case when for_staff then b.internal_notes end,
            'booking_details', b.booking_details, 'confirmation_number', b.confirmation_number,
            'priced', b.priced_at is not null, 'payment_status', o.payment_status,
            'subtotal', money(o.subtotal, o.currency), 'tax_rate', trim_scale(o.tax_rate),
            'tax_amount', money(o.tax_amount, o.currency), 'discount_amount', money(o.discount_amount, o.currency),
            'total_amount', money(o.total_amount, o.currency), 'amount_paid', money(o.amount_paid, o.currency),
            'currency', o.currency, 'created_at', b.created_at, 'updated_at', b.updated_at,
            'items', (
                select json_agg(json_build_object(
                    'id', i.id, 'item_type', i.item_type, 'description_ar', i.description_ar,
                    'description_en', i.description_en, 'quantity', trim_scale(i.quantity),
                    'unit_price', money(i.unit_price, o.currency), 'total_price', money(i.total_price, o.currency),
                    'item_details', i.item_details) order by i.position)
                from order_items i where i.order_id = b.order_id),
            'history', (
                select json_agg(json_build_object(
                    'status', h.status, 'reason', h.reason, 'by', p.first_name || ' ' || p.last_name, 'at', h.at)
                    order by h.id)
                from booking_history h left join users p on p.id = h.by_user_id where h.booking_id = b.id))
    from bookings b join orders o on o.id = b.order_id join users u on u.id = b.user_id
    join users c on c.id = b.created_by_user_id;
end;

-- Payments and orders without a payment are shown in one list, so both views have the same columns. Their joins are left
-- joins on unique keys, so PostgreSQL skips them when rows are only counted.
create view payment_documents as
select
    p.id, p.order_id, p.user_id, p.status, in_review(p) as in_review, p.created_at,
    json_build_object(
        'id', p.id, 'payment_number', p.payment_number, 'amount', money(p.amount, p.currency), 'currency', p.currency,
        'status', p.status, 'payment_method', p.payment_method, 'payment_type', p.payment_type, 'source', 'PAYMENT',
        'review_reason', case when in_review(p) then p.review_reason end,
        'created_at', p.created_at, 'paid_at', p.paid_at,
        'order', json_build_object('id', o.id, 'order_number', o.order_number, 'notes_en', o.notes_en,
                                   'notes_ar', o.notes_ar),
        'booking', case when b.id is not null then json_build_object(
            'id', b.id, 'booking_number', b.booking_number, 'title_en', b.title_en, 'title_ar', b.title_ar,
            'booking_type', b.booking_type, 'start_date', b.start_date, 'end_date', b.end_date) end) as document
from payments p left join orders o on o.id = p.order_id left join bookings b on b.order_id = p.order_id;

create view unpaid_order_documents as
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
where not exists (select from payments p where p.order_id = o.id);

-- Webhooks with all their outcomes, and the last outcome as columns. `created_at` is when the webhook came.
create view webhook_documents as
select
    e.id, e.invoice_id, last.outcome, last.payment_id, e.received_at as created_at,
    json_build_object(
        'id', e.id, 'received_at', e.received_at, 'hash_held', e.hash_held, 'digest', e.digest, 'kind', e.kind,
        'shape', e.shape, 'encoding', e.encoding, 'invoice_id', e.invoice_id, 'reference', e.reference,
        'body', e.body, 'outcome', last.outcome, 'detail', last.detail, 'payment_id', last.payment_id,
        'outcomes', (select coalesce(json_agg(json_build_object('at', o.at, 'outcome', o.outcome, 'detail', o.detail,
                                                                'payment_id', o.payment_id) order by o.at), '[]')
                     from webhook_outcomes o
                     where o.event_id = e.id and o.event_received_at = e.received_at)) as document
from webhook_events e
left join lateral (select o.outcome, o.detail, o.payment_id from webhook_outcomes o
                   where o.event_id = e.id and o.event_received_at = e.received_at
                   order by o.at desc limit 1) last on true;

-- Transactions of wallets; the column `id` is the entry's. A hold is shown as a payment: COMPLETED once it was spent,
-- REVERSED once it was released. Both are looked up by key, because PostgreSQL may read the whole table for an `exists`.
create view wallet_transaction_documents as
select
    e.id, e.account_id, e.created_at,
    json_build_object(
        'id', t.id,
        'transaction_type', case t.kind when 'HOLD' then 'PAYMENT' when 'RELEASE' then 'REFUND'
                                        when 'WITHDRAW_CASHBACK' then 'CASHBACK' when 'REDEEM_POINTS' then 'BONUS'
                                        else t.kind end,
        'amount', money(abs(e.amount), a.currency), 'balance_before', money(e.balance_after - e.amount, a.currency),
        'balance_after', money(e.balance_after, a.currency), 'currency', a.currency,
        'reference_type', t.reference_type, 'reference_id', t.reference_id, 'description_en', t.description_en,
        'description_ar', t.description_ar,
        'status', case when t.kind <> 'HOLD' then 'COMPLETED' else coalesce(
            (select 'COMPLETED' from ledger_transactions s where s.key = regexp_replace(t.key, 'hold$', 'spend')),
            (select 'REVERSED' from ledger_transactions s where s.key = regexp_replace(t.key, 'hold$', 'release')),
            'PENDING') end,
        'created_at', e.created_at) as document
from ledger_entries e join ledger_transactions t on t.id = e.transaction_id
join ledger_accounts a on a.id = e.account_id where a.kind = 'WALLET';

-- Transactions of points; the column `id` is the entry's.
create view points_transaction_documents as
select
    e.id, e.account_id, e.created_at,
    json_build_object(
        'id', t.id,
        'transaction_type', case t.kind when 'EARN_POINTS' then 'EARNED' when 'HOLD' then 'REDEEMED'
                                        when 'REDEEM_POINTS' then 'REDEEMED' when 'EXPIRE_POINTS' then 'EXPIRED'
                                        else 'ADJUSTED' end,
        'points', e.amount::bigint, 'balance_before', (e.balance_after - e.amount)::bigint,
        'balance_after', e.balance_after::bigint, 'reference_type', t.reference_type, 'reference_id', t.reference_id,
        'description_en', t.description_en, 'description_ar', t.description_ar,
        'multiplier_applied', trim_scale(t.multiplier),
        'expires_at', (select l.expires_at from points_lots l where l.transaction_id = t.id),
        'created_at', e.created_at) as document
from ledger_entries e join ledger_transactions t on t.id = e.transaction_id
join ledger_accounts a on a.id = e.account_id where a.kind = 'POINTS';

-- The points that each customer earned in the last 365 days, less what refunds took back, and the highest tier they reach.
create view customer_tiers as
select w.user_id, earned.points as tier_points, t.code, t.multiplier, t.cashback_rate
from wallets w
cross join lateral (
    select greatest(0, coalesce(-sum(e.amount), 0)::bigint) as points
    from ledger_accounts a join ledger_entries e on e.account_id = a.id and e.created_at > now() - interval '365 days'
    where a.user_id = w.user_id and a.kind = 'POINTS_ISSUED') earned
left join lateral (select * from tiers where threshold <= earned.points order by threshold desc limit 1) t on true;

create view cashback_documents as
select
    c.id, c.user_id, c.created_at,
    json_build_object(
        'id', c.id, 'user_id', c.user_id, 'reference_type', c.reference_type, 'reference_id', c.reference_id,
        'booking_amount', money(c.booking_amount, c.currency), 'cashback_rate', trim_scale(c.cashback_rate),
        'cashback_amount', money(c.cashback_amount, c.currency),
        'amount', money(c.cashback_amount - c.taken_back, c.currency), 'currency', c.currency, 'status', c.status,
        'credit_due_at', c.credit_due_at, 'approved_at', c.approved_at, 'credited_at', c.credited_at,
        'rejection_reason', c.rejection_reason, 'description', c.description, 'created_at', c.created_at) as document
from cashback_records c;

-- The same for staff, with the customer and who approved it.
create view cashback_documents_for_staff as
select
    c.id, c.user_id, c.status, c.created_at,
    json_build_object(
        'id', c.id, 'user_id', c.user_id, 'reference_type', c.reference_type, 'reference_id', c.reference_id,
        'booking_amount', money(c.booking_amount, c.currency), 'cashback_rate', trim_scale(c.cashback_rate),
        'cashback_amount', money(c.cashback_amount, c.currency),
        'amount', money(c.cashback_amount - c.taken_back, c.currency), 'currency', c.currency, 'status', c.status,
        'credit_due_at', c.credit_due_at, 'approved_at', c.approved_at, 'credited_at', c.credited_at,
        'rejection_reason', c.rejection_reason, 'description', c.description, 'created_at', c.created_at,
        'approved_by_user_id', c.approved_by_user_id,
        'user', json_build_object('id', u.id, 'first_name', u.first_name, 'last_name', u.last_name,
                                  'email', u.email)) as document
from cashback_records c join users u on u.id = c.user_id;

-- One row: the cashback that a customer can use, what was credited in all (less what was taken back), and what still waits.
create function cashback_totals(of_user uuid, balance_currency text)
returns table (available numeric, credited numeric, pending numeric, approved numeric)
language sql stable parallel safe
begin atomic
    select
        coalesce((select a.balance from ledger_accounts a
                  where a.user_id = of_user and a.kind = 'CASHBACK' and a.currency = balance_currency), 0),
        coalesce((select -a.balance from ledger_accounts a
                  where a.user_id = of_user and a.kind = 'CASHBACK_COST' and a.currency = balance_currency), 0),
        coalesce(sum(c.cashback_amount - c.taken_back) filter (where c.status = 'PENDING'), 0),
        coalesce(sum(c.cashback_amount - c.taken_back) filter (where c.status = 'APPROVED'), 0)
    from cashback_records c where c.user_id = of_user and c.status in ('PENDING', 'APPROVED');
end;

create view exchange_rate_documents as
select currency, json_build_object('currency', currency, 'rate', trim_scale(rate), 'updated_at', updated_at) as document
from exchange_rates;
