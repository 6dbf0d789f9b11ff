-- Points of an order that was paid by hand wait for its refund window, as cashback does.
alter table ledger_accounts drop constraint ledger_accounts_kind_check;
alter table ledger_accounts add constraint ledger_accounts_kind_check check (kind in (
    'WALLET', 'WALLET_HELD', 'CASHBACK', 'CASHBACK_HELD', 'POINTS', 'POINTS_HELD', 'POINTS_PENDING', 'UNAPPLIED',
    'POINTS_DEBT', 'CASHBACK_DEBT',
    'GATEWAY', 'DESK', 'SALES', 'EXCHANGE', 'REDEMPTIONS', 'CASHBACK_COST', 'CASHBACK_GIVEN',
    'POINTS_ISSUED', 'POINTS_GIVEN', 'POINTS_REDEEMED', 'POINTS_REMOVED', 'POINTS_EXPIRED')) not valid;
alter table ledger_accounts validate constraint ledger_accounts_kind_check;
alter table ledger_accounts drop constraint ledger_accounts_never_below_zero;
alter table ledger_accounts add constraint ledger_accounts_never_below_zero check (balance >= 0 or kind not in (
    'WALLET', 'WALLET_HELD', 'CASHBACK', 'CASHBACK_HELD', 'POINTS', 'POINTS_HELD', 'POINTS_PENDING', 'UNAPPLIED')) not valid;
alter table ledger_accounts validate constraint ledger_accounts_never_below_zero;

alter table ledger_transactions drop constraint ledger_transactions_kind_check;
alter table ledger_transactions add constraint ledger_transactions_kind_check check (kind in (
    'DEPOSIT', 'WITHDRAWAL', 'RECEIVE', 'APPLY', 'HOLD', 'SPEND', 'RELEASE', 'REFUND', 'EARN_POINTS', 'TAKE_BACK_POINTS',
    'REDEEM_POINTS', 'EXPIRE_POINTS', 'CREDIT_POINTS', 'CREDIT_CASHBACK', 'TAKE_BACK_CASHBACK', 'WITHDRAW_CASHBACK',
    'PAY_DEBT', 'ADD_POINTS', 'REMOVE_POINTS', 'ADD_CASHBACK', 'REMOVE_CASHBACK',
    'REQUEST_WITHDRAWAL', 'APPROVE_WITHDRAWAL', 'REJECT_WITHDRAWAL')) not valid;
alter table ledger_transactions validate constraint ledger_transactions_kind_check;

create table pending_points (
    order_id uuid primary key references orders,
    user_id uuid not null references users,
    points integer not null check (points > 0),
    -- What refunds have taken back while they waited.
    taken_back integer not null default 0 check (taken_back between 0 and points),
    status text not null default 'PENDING' check (status in ('PENDING', 'CREDITED', 'CANCELLED')),
    multiplier numeric(6,3) not null,
    window_days integer not null check (window_days >= 0),
    credit_due_at timestamptz not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check ((status = 'CANCELLED') = (taken_back = points))
);
create index pending_points_user on pending_points (user_id);
create index pending_points_due on pending_points (credit_due_at) where status = 'PENDING';

create function check_pending_points_move() returns trigger
language plpgsql as $$
begin
    raise exception 'points that are % do not change', old.status using errcode = 'check_violation';
end
$$;
create trigger pending_points_move before update on pending_points
    for each row when (old.status <> 'PENDING') execute function check_pending_points_move();

create function is_paid_by_hand(of_order uuid) returns boolean
language sql stable parallel safe as $$
    select exists (select from payments p
                   where p.order_id = of_order and p.payment_type = 'MANUAL' and is_settled(p) and p.applied_amount > 0)
$$;

-- When the refund window of an order's points closes; of a trip as for its cashback.
create view due_points as
    select p.order_id, p.credit_due_at from pending_points p
    where p.status = 'PENDING' and p.credit_due_at <= now() and now() >= greatest(p.credit_due_at, (
        select (coalesce(b.end_date, b.start_date) + 1 + p.window_days)::timestamp at time zone 'Africa/Cairo'
        from bookings b where b.order_id = p.order_id));

-- Since when that is so: what was earned before is not proven.
alter table ledger_verification add column points_wait_since timestamptz not null default clock_timestamp();

create or replace function points_transaction_type(kind text) returns text
language sql immutable parallel safe as $$
    select case kind when 'EARN_POINTS' then 'EARNED' when 'CREDIT_POINTS' then 'EARNED' when 'HOLD' then 'REDEEMED'
                     when 'REDEEM_POINTS' then 'REDEEMED' when 'EXPIRE_POINTS' then 'EXPIRED' when 'ADD_POINTS' then 'BONUS'
                     else 'ADJUSTED' end
$$;

-- As before; and what staff added counts as earned, what they removed as adjusted, and what waits as neither yet.
create or replace function points_totals(of_user uuid)
returns table (free bigint, held bigint, debt bigint, earned bigint, redeemed bigint, expired bigint, adjusted bigint)
language sql stable parallel safe
begin atomic
    select (balances.free - overdue.points)::bigint, balances.held::bigint, balances.debt::bigint,
           (moved.earned + balances.given - balances.pending)::bigint, balances.redeemed::bigint,
           (moved.expired + overdue.points)::bigint, (moved.adjusted - balances.removed)::bigint
    from (select coalesce(sum(balance) filter (where kind = 'POINTS'), 0) as free,
                 coalesce(sum(balance) filter (where kind = 'POINTS_HELD'), 0) as held,
                 coalesce(sum(balance) filter (where kind = 'POINTS_PENDING'), 0) as pending,
                 coalesce(-sum(balance) filter (where kind = 'POINTS_DEBT'), 0) as debt,
                 coalesce(sum(balance) filter (where kind = 'POINTS_REDEEMED'), 0) as redeemed,
                 coalesce(-sum(balance) filter (where kind = 'POINTS_GIVEN'), 0) as given,
                 coalesce(sum(balance) filter (where kind = 'POINTS_REMOVED'), 0) as removed
          from ledger_accounts where user_id = of_user and currency = 'PTS') balances
    cross join (select coalesce(-sum(e.amount) filter (where a.kind = 'POINTS_ISSUED' and e.amount < 0), 0) as earned,
                       coalesce(sum(e.amount) filter (where a.kind = 'POINTS_EXPIRED' and e.amount > 0), 0) as expired,
                       coalesce(-sum(e.amount) filter (where (a.kind = 'POINTS_ISSUED') = (e.amount > 0)), 0) as adjusted
                from ledger_accounts a join ledger_entries e on e.account_id = a.id
                where a.user_id = of_user and a.kind in ('POINTS_ISSUED', 'POINTS_EXPIRED')) moved
    cross join (select coalesce(sum(points_left), 0) as points from points_lots
                where user_id = of_user and points_left > 0 and expires_at <= now()) overdue;
end;

-- As before; and points that wait reach no tier yet.
create or replace view customer_tiers as
select w.user_id, earned.points as tier_points, t.code, t.multiplier, t.cashback_rate
from wallets w
cross join lateral (
    select greatest(0, coalesce(-sum(e.amount), 0)::bigint - coalesce(
               (select p.balance from ledger_accounts p where p.user_id = w.user_id and p.kind = 'POINTS_PENDING'),
               0)::bigint) as points
    from ledger_accounts a join ledger_entries e on e.account_id = a.id and e.created_at > now() - interval '365 days'
    where a.user_id = w.user_id and a.kind = 'POINTS_ISSUED'
      and not (e.amount > 0 and exists (
          select from ledger_transactions back
          join ledger_transactions earning on earning.key = 'order:' || back.order_id || ':earn-points'
          join ledger_entries earned on earned.transaction_id = earning.id and earned.account_id = a.id
          where back.id = e.transaction_id and earned.created_at <= now() - interval '365 days'))) earned
left join lateral (select * from tiers where threshold <= earned.points order by threshold desc limit 1) t on true;

-- As before, with the number of the card; what staff added counts as earned, and points that wait do not yet.
create or replace function profile_documents(balance_currency text) returns table (user_id uuid, is_active boolean, document json)
language sql stable as $$
    select users.id, users.is_active, json_build_object(
        'id', users.id, 'email', users.email, 'username', users.username,
        'first_name', users.first_name, 'last_name', users.last_name, 'phone', users.phone,
        'role', users.role, 'language', users.language, 'avatar', users.avatar,
        'email_verified', users.email_verified, 'phone_verified', users.phone_verified,
        'gender', users.gender, 'country', users.country, 'created_at', users.created_at,
        'membership_id_display', users.membership_id_display,
        'wallet_balance', money(coalesce((
            select balance from ledger_accounts
            where user_id = users.id and kind = 'WALLET' and currency = balance_currency), 0), balance_currency),
        'cashback_balance', money(coalesce((
            select balance from ledger_accounts
            where user_id = users.id and kind = 'CASHBACK' and currency = balance_currency), 0), balance_currency),
        'points', json_build_object(
            'current_balance', (select coalesce(sum(points_left), 0) from points_lots
                                where user_id = users.id and points_left > 0 and expires_at > now()),
            'total_earned', (select coalesce(-sum(balance), 0)::bigint from ledger_accounts
                             where user_id = users.id and kind in ('POINTS_ISSUED', 'POINTS_GIVEN', 'POINTS_PENDING'))),
        'membership', null
    )
    from users
$$;

create or replace function held_balances(of_user uuid, balance_currency text)
returns table (wallet numeric, cashback numeric, points bigint, points_earned bigint, points_redeemed bigint)
language sql stable parallel safe
begin atomic
    select
        coalesce(sum(a.balance) filter (where a.kind = 'WALLET' and a.currency = balance_currency), 0),
        coalesce(sum(a.balance) filter (where a.kind = 'CASHBACK' and a.currency = balance_currency), 0),
        (select coalesce(sum(l.points_left), 0)::bigint from points_lots l
         where l.user_id = of_user and l.points_left > 0 and l.expires_at > now()),
        coalesce(-sum(a.balance) filter (where a.kind in ('POINTS_ISSUED', 'POINTS_GIVEN', 'POINTS_PENDING')), 0)::bigint,
        coalesce(sum(a.balance) filter (where a.kind = 'POINTS_REDEEMED'), 0)::bigint
    from ledger_accounts a where a.user_id = of_user;
end;
