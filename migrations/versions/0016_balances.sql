-- Debts that are paid by whatever comes in, totals of points that add up, tiers by the date of what counts, and when
-- cashback is due.

alter table ledger_transactions drop constraint ledger_transactions_kind_check;
alter table ledger_transactions add constraint ledger_transactions_kind_check check (kind in (
    'DEPOSIT', 'WITHDRAWAL', 'RECEIVE', 'APPLY', 'HOLD', 'SPEND', 'RELEASE', 'REFUND', 'EARN_POINTS',
    'TAKE_BACK_POINTS', 'REDEEM_POINTS', 'EXPIRE_POINTS', 'CREDIT_CASHBACK', 'TAKE_BACK_CASHBACK',
    'WITHDRAW_CASHBACK', 'PAY_DEBT')) not valid;
alter table ledger_transactions validate constraint ledger_transactions_kind_check;

-- The debts of a customer that what is free can pay, and how much of each. Points that are past their expiry pay nothing.
create function payable_debts(of_user uuid) returns table (debt text, source text, currency text, amount numeric)
language sql stable as $$
    select d.kind, f.kind, d.currency, p.amount
    from ledger_accounts d
    join ledger_accounts f on f.user_id = d.user_id and f.kind = replace(d.kind, '_DEBT', '') and f.currency = d.currency
    cross join lateral (select least(-d.balance, case when f.kind <> 'POINTS' then f.balance else
        (select coalesce(sum(l.points_left), 0) from points_lots l
         where l.user_id = of_user and l.points_left > 0 and l.expires_at > now()) end) as amount) p
    where d.user_id = of_user and d.kind in ('POINTS_DEBT', 'CASHBACK_DEBT') and d.balance < 0 and p.amount > 0
$$;

-- Pays what a customer owes from what they have free, points from the lots that expire first. `cause`: the key of the
-- transaction after which it happens, so that a cause that comes twice pays once.
create function pay_debts(of_user uuid, cause text) returns void
language plpgsql as $$
declare
    d record;
    posted uuid;
begin
    for d in select * from payable_debts(of_user) loop
        posted := post_transaction(
            cause || ':pay-debt:' || lower(d.source), 'PAY_DEBT', of_user, null, null, null, null,
            'Paid back what was owed', 'سداد ما كان مستحقًا', null,
            jsonb_build_array(jsonb_build_object('account', d.source, 'currency', d.currency, 'amount', -d.amount),
                              jsonb_build_object('account', d.debt, 'currency', d.currency, 'amount', d.amount)));
        if posted is not null and d.source = 'POINTS' then
            insert into points_lot_uses (transaction_id, lot_id, points)
            select posted, id, least(points_left, d.amount - before)
            from (select id, points_left, sum(points_left) over (order by expires_at, id) - points_left as before
                  from points_lots where user_id = of_user and points_left > 0 and expires_at > now()) lots
            where before < d.amount;
        end if;
    end loop;
end
$$;

-- As before; and at the end debts are paid, whatever brought something back.
create or replace function post_transactions(of_user uuid, transactions jsonb) returns table (key text, id uuid)
language plpgsql as $$
declare
    t jsonb;
    taken bigint;
    last_posted text;
begin
    for t in select value from jsonb_array_elements(transactions) with ordinality order by ordinality loop
        key := t ->> 'key';
        id := post_transaction(
            key, t ->> 'kind', of_user, t ->> 'reference_type', (t ->> 'reference_id')::uuid, (t ->> 'order_id')::uuid,
            (t ->> 'payment_id')::uuid, t ->> 'description_en', t ->> 'description_ar', (t ->> 'multiplier')::numeric,
            t -> 'entries');
        if id is not null then
            last_posted := key;
        end if;
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
    -- After the last one: what one of them gives back may be what another takes.
    if last_posted is not null then
        perform pay_debts(of_user, last_posted);
    end if;
end
$$;

-- Posts transactions of several customers: [{"user_id": …, "transactions": […]}, …]. The caller must hold their wallets' locks.
create function post_transactions_of_many(batches jsonb) returns table (key text, id uuid)
language sql as $$
    select p.key, p.id
    from jsonb_to_recordset(batches) as b(user_id uuid, transactions jsonb)
    cross join lateral post_transactions(b.user_id, b.transactions) p
$$;

-- Debts beside a balance that could have paid them.
select pay_debts(user_id, 'migration-0016:' || user_id)
from (select distinct user_id from ledger_accounts where kind in ('POINTS_DEBT', 'CASHBACK_DEBT') and balance < 0) owing;

-- The points of a customer: earned - redeemed - expired + adjusted = free + held - debt. Expired points count as expired,
-- even if no job has posted that yet. `adjusted`: what refunds took back, without what had expired before.
create function points_totals(of_user uuid)
returns table (free bigint, held bigint, debt bigint, earned bigint, redeemed bigint, expired bigint, adjusted bigint)
language sql stable parallel safe
begin atomic
    select (balances.free - overdue.points)::bigint, balances.held::bigint, balances.debt::bigint, moved.earned::bigint,
           balances.redeemed::bigint, (moved.expired + overdue.points)::bigint, moved.adjusted::bigint
    from (select coalesce(sum(balance) filter (where kind = 'POINTS'), 0) as free,
                 coalesce(sum(balance) filter (where kind = 'POINTS_HELD'), 0) as held,
                 coalesce(-sum(balance) filter (where kind = 'POINTS_DEBT'), 0) as debt,
                 coalesce(sum(balance) filter (where kind = 'POINTS_REDEEMED'), 0) as redeemed
          from ledger_accounts where user_id = of_user and currency = 'PTS') balances
    cross join (select coalesce(-sum(e.amount) filter (where a.kind = 'POINTS_ISSUED' and e.amount < 0), 0) as earned,
                       coalesce(sum(e.amount) filter (where a.kind = 'POINTS_EXPIRED' and e.amount > 0), 0) as expired,
                       coalesce(-sum(e.amount) filter (where (a.kind = 'POINTS_ISSUED') = (e.amount > 0)), 0) as adjusted
                from ledger_accounts a join ledger_entries e on e.account_id = a.id
                where a.user_id = of_user and a.kind in ('POINTS_ISSUED', 'POINTS_EXPIRED')) moved
    cross join (select coalesce(sum(points_left), 0) as points from points_lots
                where user_id = of_user and points_left > 0 and expires_at <= now()) overdue;
end;

-- The points that each customer earned in the last 365 days, less what refunds took back of them, and the highest tier they
-- reach. What is taken back counts at the date of what it takes back: an old order's refund costs nobody this year's tier.
create or replace view customer_tiers as
select w.user_id, earned.points as tier_points, t.code, t.multiplier, t.cashback_rate
from wallets w
cross join lateral (
    select greatest(0, coalesce(-sum(e.amount), 0)::bigint) as points
    from ledger_accounts a join ledger_entries e on e.account_id = a.id and e.created_at > now() - interval '365 days'
    where a.user_id = w.user_id and a.kind = 'POINTS_ISSUED'
      and not (e.amount > 0 and exists (
          select from ledger_transactions back
          join ledger_transactions earning on earning.key = 'order:' || back.order_id || ':earn-points'
          join ledger_entries earned on earned.transaction_id = earning.id and earned.account_id = a.id
          where back.id = e.transaction_id and earned.created_at <= now() - interval '365 days'))) earned
left join lateral (select * from tiers where threshold <= earned.points order by threshold desc limit 1) t on true;

-- The refund window of a cashback, which runs from the end of its trip where there is one.
alter table cashback_records add column window_days integer not null default 14 check (window_days >= 0);
update cashback_records set window_days = greatest(0, round(extract(epoch from credit_due_at - created_at) / 86400));

-- When a cashback's refund window closes: a trip ends with the last day in Cairo, as its booking says it now.
create function cashback_due_at(record cashback_records) returns timestamptz
language sql stable parallel safe as $$
    select greatest(record.credit_due_at, (
        select (coalesce(b.end_date, b.start_date) + 1 + record.window_days)::timestamp at time zone 'Africa/Cairo'
        from bookings b where b.order_id = record.order_id))
$$;
create function is_called_off(record cashback_records) returns boolean
language sql stable parallel safe as $$
    select exists (select from bookings b where b.order_id = record.order_id and b.status in ('CANCELLED', 'REFUNDED'))
$$;

create or replace view due_cashback as
    select id, credit_due_at from cashback_records c
    where status in ('PENDING', 'APPROVED') and credit_due_at <= now() and cashback_due_at(c) <= now();

create or replace view cashback_documents as
select
    c.id, c.user_id, c.created_at,
    json_build_object(
        'id', c.id, 'user_id', c.user_id, 'reference_type', c.reference_type, 'reference_id', c.reference_id,
        'booking_amount', money(c.booking_amount, c.currency), 'cashback_rate', trim_scale(c.cashback_rate),
        'cashback_amount', money(c.cashback_amount, c.currency),
        'amount', money(c.cashback_amount - c.taken_back, c.currency), 'currency', c.currency, 'status', c.status,
        'credit_due_at', cashback_due_at(c), 'approved_at', c.approved_at, 'credited_at', c.credited_at,
        'rejection_reason', c.rejection_reason, 'description', c.description, 'created_at', c.created_at) as document
from cashback_records c;

create or replace view cashback_documents_for_staff as
select
    c.id, c.user_id, c.status, c.created_at,
    json_build_object(
        'id', c.id, 'user_id', c.user_id, 'reference_type', c.reference_type, 'reference_id', c.reference_id,
        'booking_amount', money(c.booking_amount, c.currency), 'cashback_rate', trim_scale(c.cashback_rate),
        'cashback_amount', money(c.cashback_amount, c.currency),
        'amount', money(c.cashback_amount - c.taken_back, c.currency), 'currency', c.currency, 'status', c.status,
        'credit_due_at', cashback_due_at(c), 'approved_at', c.approved_at, 'credited_at', c.credited_at,
        'rejection_reason', c.rejection_reason, 'description', c.description, 'created_at', c.created_at,
        'approved_by_user_id', c.approved_by_user_id,
        'user', json_build_object('id', u.id, 'first_name', u.first_name, 'last_name', u.last_name,
                                  'email', u.email)) as document
from cashback_records c join users u on u.id = c.user_id;

-- One row: the cashback of a customer that orders hold, and what was taken back after it had been spent.
create function held_and_owed_cashback(of_user uuid, balance_currency text) returns table (held numeric, debt numeric)
language sql stable parallel safe
begin atomic
    select coalesce(sum(balance) filter (where kind = 'CASHBACK_HELD'), 0),
           coalesce(-sum(balance) filter (where kind = 'CASHBACK_DEBT'), 0)
    from ledger_accounts where user_id = of_user and currency = balance_currency;
end;
