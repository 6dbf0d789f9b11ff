-- Views and functions that several statements of the money core use: states, refunds at the gateway, posting transactions.

-- The states of a payment. `LockedPayment` in lib/payments/locks.py has properties of the same names, and a test compares
-- the two. They are plain expressions over one row, so that the planner can inline them and use partial indexes.
create function in_review(payment payments) returns boolean language sql immutable parallel safe as $$
    select payment.review_reason is not null and payment.resolution is null
$$;
create function is_settled(payment payments) returns boolean language sql immutable parallel safe as $$
    select payment.status in ('PAID', 'PARTIALLY_REFUNDED', 'REFUNDED')
$$;
create function is_closed(payment payments) returns boolean language sql immutable parallel safe as $$
    select payment.status in ('FAILED', 'EXPIRED', 'CANCELLED')
$$;
-- The part of a payment's money that was never applied to its order. Money in another currency is applied as a whole or
-- not at all.
create function unapplied_amount(payment payments) returns numeric language sql immutable parallel safe as $$
    select case when payment.received_amount is null
                     or not is_settled(payment) then 0
                when payment.received_currency = payment.currency
                    then greatest(payment.received_amount - payment.applied_amount, 0)
                when payment.applied_amount = 0 then payment.received_amount
                else 0 end
$$;
-- The gateway's invoice of a payment, through which its money came and can be refunded.
create function refundable_invoice(payment payments) returns text language sql immutable parallel safe as $$
    select case when payment.payment_type <> 'MANUAL' then payment.gateway_invoice_id end
$$;
-- Whether a job has to ask the gateway about a payment. False if a run has done so since this one began.
create function is_to_check(payment payments, run_began timestamptz) returns boolean
language sql immutable parallel safe as $$
    select payment.check_due_at is not null and payment.gateway_invoice_id is not null
       and coalesce(payment.checked_at < run_began, true)
$$;
-- Whether a job has to close a payment, because its time is over: the expiry that the gateway named, or else `open_hours`.
-- An attempt whose answer was lost was never given to a payer, so it is closed after `lost_minutes`.
create function is_to_expire(payment payments, lost_minutes integer, open_hours integer) returns boolean
language sql stable parallel safe as $$
    select payment.status = 'PENDING' and payment.review_reason is null and coalesce(payment.expire_due_at <= now(), true)
       and case when payment.gateway_invoice_id is null
                    then payment.created_at < now() - make_interval(mins => lost_minutes)
                else coalesce(payment.expires_at, payment.created_at + make_interval(hours => open_hours)) < now() end
$$;

-- A refund under way: its amount is reserved, and its outcome is not known yet.
create function is_under_way(refund refunds) returns boolean language sql immutable parallel safe as $$
    select refund.status in ('PENDING', 'NEEDS_REVIEW')
$$;
-- The parts of refunds that the gateway was asked to send, and may have sent. A refund has at most one.
create view gateway_refunds as
    select r.id, r.refund_number, r.status, r.currency, r.created_at, r.updated_at, f.id as part_id, f.payment_id,
           f.amount, f.claimed_at, f.confirmed_at
    from refunds r join refund_parts f on f.refund_id = r.id
    where f.destination = 'GATEWAY' and r.status <> 'REJECTED';

-- Whether the refund's request must have died before it could store the gateway's answer. False if a run has claimed
-- the refund since this one began.
create function is_unanswered(refund refunds, run_began timestamptz, minutes integer) returns boolean
language sql stable parallel safe as $$
    select refund.status = 'PENDING' and refund.updated_at < run_began
       and exists (select from refund_parts f
                   where f.refund_id = refund.id and f.claimed_at < now() - make_interval(mins => minutes))
$$;

-- Whether a job has to process a webhook again. False if a run has done so since this one began, or if it is too old.
create function is_to_retry(retry webhook_retries, run_began timestamptz, given_up_days integer) returns boolean
language sql stable parallel safe as $$
    select retry.event_received_at > now() - make_interval(days => given_up_days)
       and coalesce(retry.tried_at < run_began, true)
$$;

create view due_cashback as
    select id, credit_due_at from cashback_records where status in ('PENDING', 'APPROVED') and credit_due_at <= now();
create view overdue_lots as
    select id, user_id, points_left, expires_at from points_lots where points_left > 0 and expires_at <= now();

-- The items of an order in the form of the request that made them.
create view sent_items as
    select order_id, json_agg(json_build_object(
        'description_ar', description_ar, 'description_en', description_en, 'quantity', quantity::text,
        'unit_price', unit_price::text, 'item_type', item_type, 'item_details', item_details) order by position) as items
    from order_items group by order_id;

-- Posts transactions of one customer together, in the order given. Each has the fields of `ledger_transactions`, its `entries`
-- ([{"account": "WALLET", "currency": "EGP", "amount": "-100"}, …]), and at most one change of lots of points:
--   open_lot: {"points": 100, "order_id": …, "days": 365}
--   take_points: {"points": 100, "first_order_id": …}   first from lots that this order opened, then as they expire
--   expire_lot: {"lot_id": …, "points": 100}
--   return_points: the key of the transaction that took the points; they go back to the lots that they came from
-- Returns a row for each: its key, and its id, or null if the key was posted before. The caller must hold the wallet's lock.
create function post_transactions(of_user uuid, transactions jsonb) returns table (key text, id uuid)
language plpgsql as $$
declare
    t jsonb;
    taken bigint;
begin
    for t in select value from jsonb_array_elements(transactions) with ordinality order by ordinality loop
        key := t ->> 'key';
        id := post_transaction(
            key, t ->> 'kind', of_user, t ->> 'reference_type', (t ->> 'reference_id')::uuid, (t ->> 'order_id')::uuid,
            (t ->> 'payment_id')::uuid, t ->> 'description_en', t ->> 'description_ar', (t ->> 'multiplier')::numeric,
            t -> 'entries');
        if id is not null and t ? 'open_lot' then
            insert into points_lots (user_id, transaction_id, order_id, points, points_left, expires_at)
            select of_user, id, (t #>> '{open_lot,order_id}')::uuid, points, points,
                   now() + make_interval(days => (t #>> '{open_lot,days}')::integer)
            from (select (t #>> '{open_lot,points}')::integer as points) opened;
        elsif id is not null and t ? 'take_points' then
            taken := take_points(of_user, id, (t #>> '{take_points,points}')::integer,
                                 (t #>> '{take_points,first_order_id}')::uuid);
            if taken <> (t #>> '{take_points,points}')::integer then
                raise exception 'only % points are left in lots for %', taken, key using errcode = 'check_violation';
            end if;
        elsif id is not null and t ? 'expire_lot' then
            insert into points_lot_uses (transaction_id, lot_id, points)
            values (id, (t #>> '{expire_lot,lot_id}')::uuid, (t #>> '{expire_lot,points}')::integer);
        elsif id is not null and t ? 'return_points' then
            insert into points_lot_uses (transaction_id, lot_id, points)
            select post_transactions.id, u.lot_id, -u.points
            from points_lot_uses u join ledger_transactions taker on taker.id = u.transaction_id
            where taker.key = t ->> 'return_points';
        end if;
        return next;
    end loop;
end
$$;

-- Takes points out of lots, first out of those that one order opened, then out of those that expire first. Returns how many
-- points it took, which may be fewer than wanted.
create function take_points(of_user uuid, by_transaction uuid, wanted integer, first_order uuid) returns bigint
language sql as $$
    with lots as (
        select id, points_left,
               sum(points_left) over (order by order_id is distinct from first_order, expires_at, id) - points_left as before
        from points_lots where user_id = of_user and points_left > 0
    ), used as (
        insert into points_lot_uses (transaction_id, lot_id, points)
        select by_transaction, id, least(points_left, wanted - before) from lots where before < wanted
        returning points
    )
    select coalesce(sum(points), 0) from used
$$;
