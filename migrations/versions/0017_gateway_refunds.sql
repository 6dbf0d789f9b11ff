-- A refund that the gateway is asked for is only submitted. Its list of refunds shows what becomes of each, and also shows
-- refunds that somebody made in its dashboard.

-- The number of the transaction by which the money came, on accounts that were moved: refunds are of that. Numbers of
-- transactions and of invoices overlap, so this is no gateway_invoice_id.
alter table payments add column gateway_transaction_id text;
create index payments_gateway_transaction on payments (gateway_transaction_id) where gateway_transaction_id is not null;

-- The rows of the gateway's list. A row is here once, whatever is seen of it how often.
create table gateway_refund_requests (
    id uuid primary key default gen_random_uuid(),
    gateway_id text not null unique,
    kind text not null check (kind in ('INVOICE', 'TRANSACTION')),
    refundable_id text not null,
    -- In a currency that the list does not name.
    amount numeric not null check (amount > 0),
    state text not null check (state in ('PENDING', 'APPROVED', 'REJECTED', 'UNKNOWN', 'GONE')),
    -- The gateway's own word for the state.
    state_text text not null,
    requested_at timestamptz,
    first_seen_at timestamptz not null default now(),
    looked_at timestamptz not null default now(),
    -- How much more it is than was left of its payment's money, in the payment's currency: it went out twice.
    excess numeric(14,3) not null default 0 check (excess >= 0),
    -- When a person has decided about it, if it was not asked for here.
    decided_at timestamptz
);
create index gateway_refund_requests_refundable on gateway_refund_requests (refundable_id, kind);
create index gateway_refund_requests_open on gateway_refund_requests (looked_at) where state in ('PENDING', 'UNKNOWN');

-- The rows of the list beside the payments whose money they send back.
create view payment_refund_requests as
    select p.id as payment_id, q.* from gateway_refund_requests q
    join payments p on p.gateway_invoice_id = q.refundable_id where q.kind = 'INVOICE'
    union all
    select p.id, q.* from gateway_refund_requests q
    join payments p on p.gateway_transaction_id = q.refundable_id where q.kind = 'TRANSACTION';

alter table refunds
    -- GATEWAY: nobody asked for it here; the gateway's list showed it.
    add column origin text not null default 'STAFF' check (origin in ('STAFF', 'GATEWAY')),
    add column submitted_at timestamptz,
    add column gateway_request_id uuid references gateway_refund_requests,
    add column withdrawal_asked_at timestamptz,
    -- How money was given back by hand, for the books.
    add column note text,
    alter column created_by_user_id drop not null,
    add constraint refunds_creator_known check (origin = 'GATEWAY' or created_by_user_id is not null),
    add constraint refunds_origin_listed check (origin = 'STAFF' or gateway_request_id is not null),
    drop constraint refunds_destination_check,
    add constraint refunds_destination_check check (destination in ('wallet', 'gateway', 'manual')),
    add constraint refunds_note_check check (destination <> 'manual' or note <> '');
-- A row of the list is counted once; of one payment's money it may send back what counts for the order, and what never did.
create unique index refunds_gateway_request on refunds (gateway_request_id, (payment_id is null));
-- A refund that somebody made at the gateway can be under way beside one that was asked for here.
drop index refunds_one_under_way;
create unique index refunds_one_under_way on refunds (order_id)
    where status in ('PENDING', 'NEEDS_REVIEW') and origin = 'STAFF';

alter table refund_parts
    -- What the gateway is asked for, in the currency in which it holds the money. Null: the part's own amount and currency.
    add column gateway_amount numeric(14,3) check (gateway_amount > 0),
    add column gateway_currency text check (gateway_currency ~ '^[A-Z]{3}$'),
    add constraint refund_parts_gateway_whole check ((gateway_amount is null) = (gateway_currency is null));

-- MANUAL: an administrator has given it back by hand, whatever way it came.
do $$
declare
    rule text;
begin
    for rule in select conname from pg_constraint
                where conrelid = 'refund_parts'::regclass and contype = 'c'
                  and pg_get_constraintdef(oid) like '%destination%' loop
        execute format('alter table refund_parts drop constraint %I', rule);
    end loop;
end
$$;
alter table refund_parts
    add constraint refund_parts_destination_check
        check (destination in ('POINTS', 'CASHBACK', 'WALLET', 'GATEWAY', 'MANUAL')),
    add constraint refund_parts_way_check
        check (source = destination or hold_id is null and destination in ('WALLET', 'GATEWAY', 'MANUAL')),
    add constraint refund_parts_claim_check check ((destination = 'GATEWAY') = (claimed_at is not null)),
    add constraint refund_parts_manual_check check (source <> 'MANUAL' or destination in ('WALLET', 'MANUAL'));

create or replace function check_refund_move() returns trigger
language plpgsql as $$
begin
    if not (old.status = 'PENDING' and new.status in ('COMPLETED', 'REJECTED', 'NEEDS_REVIEW')
            or old.status = 'NEEDS_REVIEW' and new.status in ('PENDING', 'COMPLETED', 'REJECTED')) then
        raise exception 'a refund does not move from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    return new;
end
$$;

-- Whether nobody knows if the gateway has a refund's request: its answer was not stored, or its list has not shown the
-- request for a day. False if a run has claimed the refund since this one began.
create or replace function is_unanswered(refund refunds, run_began timestamptz, minutes integer) returns boolean
language sql stable parallel safe as $$
    select refund.status = 'PENDING' and refund.updated_at < run_began and refund.gateway_request_id is null
       and case when refund.submitted_at is null
                then exists (select from refund_parts f
                             where f.refund_id = refund.id and f.claimed_at < now() - make_interval(mins => minutes))
                else refund.submitted_at < now() - interval '1 day' end
$$;

create or replace view gateway_refunds as
    select r.id, r.refund_number, r.status, r.currency, r.created_at, r.updated_at, f.id as part_id, f.payment_id,
           f.amount, f.claimed_at, f.confirmed_at, r.origin, r.gateway_request_id, r.withdrawal_asked_at,
           coalesce(f.gateway_amount, f.amount) as gateway_amount, r.payment_id is not null as is_unapplied
    from refunds r join refund_parts f on f.refund_id = r.id
    where f.destination = 'GATEWAY' and r.status <> 'REJECTED';

-- Only staff see `message` and `note`. `cashback_taken_back` is in the currency of balances.
create or replace function refund_documents(for_staff boolean, balance_currency text)
returns table (id uuid, order_id uuid, user_id uuid, created_at timestamptz, document json)
language sql stable parallel safe
begin atomic
    select
        r.id, r.order_id, r.user_id, r.created_at,
        json_build_object(
            'refund_id', r.id, 'refund_number', r.refund_number, 'order_id', r.order_id, 'payment_id', r.payment_id,
            'status', r.status, 'amount', money(r.amount, r.currency), 'currency', r.currency, 'reason', r.reason,
            'destination', r.destination, 'origin', r.origin, 'points_taken_back', r.points_taken_back,
            'cashback_taken_back', money(r.cashback_taken_back, balance_currency),
            'credit_note_number', (select n.credit_note_number from credit_notes n where n.refund_id = r.id),
            'message', case when for_staff then r.message end, 'note', case when for_staff then r.note end,
            'created_at', r.created_at, 'submitted_at', r.submitted_at, 'completed_at', r.completed_at,
            'parts', (
                select json_agg(json_build_object(
                    'source', f.source, 'destination', f.destination, 'amount', money(f.amount, r.currency),
                    'points', f.points, 'payment_id', f.payment_id, 'gateway', case when f.destination = 'GATEWAY' then
                        json_build_object(
                            'amount', money(coalesce(f.gateway_amount, f.amount), coalesce(f.gateway_currency, r.currency)),
                            'currency', coalesce(f.gateway_currency, r.currency),
                            'rate', implied_rate(f.gateway_amount, f.gateway_currency, f.amount, r.currency)) end)
                    order by array_position(array['POINTS', 'CASHBACK', 'WALLET', 'GATEWAY', 'MANUAL'], f.source), f.id)
                from refund_parts f where f.refund_id = r.id))
    from refunds r;
end;

-- In which currency the gateway holds the money of a payment, how much, and what that counts for here (`received_amount`).
-- Null: it is none of the gateway's, or it has not told in which currency it holds it.
create function held_currency(payment payments) returns text language sql immutable parallel safe as $$
    select case when refundable_invoice(payment) is null then null
                when payment.received_currency <> payment.currency then payment.received_currency
                when payment.currency = 'EGP' or payment.gateway_currency = payment.currency then payment.currency
                else payment.gateway_currency end
$$;
create function held_amount(payment payments) returns numeric language sql immutable parallel safe as $$
    select case when held_currency(payment) = payment.received_currency then payment.received_amount
                when held_currency(payment) is not null then payment.gateway_total end
$$;
-- What the gateway was asked to send back of a payment, and was not refused, in the currency in which it holds the money.
create function asked_back(payment_id uuid) returns numeric language sql stable parallel safe as $$
    select coalesce(sum(g.gateway_amount), 0) from gateway_refunds g where g.payment_id = asked_back.payment_id
$$;
