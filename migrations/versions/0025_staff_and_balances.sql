-- Points and cashback that staff add and remove, withdrawals of cashback that wait for a decision, and the histories that
-- staff read.

-- What staff give and take has accounts of its own: what orders earned stays what their terms come to.
alter table ledger_accounts drop constraint ledger_accounts_kind_check;
alter table ledger_accounts add constraint ledger_accounts_kind_check check (kind in (
    'WALLET', 'WALLET_HELD', 'CASHBACK', 'CASHBACK_HELD', 'POINTS', 'POINTS_HELD', 'UNAPPLIED',
    'POINTS_DEBT', 'CASHBACK_DEBT',
    'GATEWAY', 'DESK', 'SALES', 'EXCHANGE', 'REDEMPTIONS', 'CASHBACK_COST', 'CASHBACK_GIVEN',
    'POINTS_ISSUED', 'POINTS_GIVEN', 'POINTS_REDEEMED', 'POINTS_REMOVED', 'POINTS_EXPIRED')) not valid;
alter table ledger_accounts validate constraint ledger_accounts_kind_check;

alter table ledger_transactions drop constraint ledger_transactions_kind_check;
alter table ledger_transactions add constraint ledger_transactions_kind_check check (kind in (
    'DEPOSIT', 'WITHDRAWAL', 'RECEIVE', 'APPLY', 'HOLD', 'SPEND', 'RELEASE', 'REFUND', 'EARN_POINTS', 'TAKE_BACK_POINTS',
    'REDEEM_POINTS', 'EXPIRE_POINTS', 'CREDIT_CASHBACK', 'TAKE_BACK_CASHBACK', 'WITHDRAW_CASHBACK', 'PAY_DEBT',
    'ADD_POINTS', 'REMOVE_POINTS', 'ADD_CASHBACK', 'REMOVE_CASHBACK',
    'REQUEST_WITHDRAWAL', 'APPROVE_WITHDRAWAL', 'REJECT_WITHDRAWAL')) not valid;
alter table ledger_transactions validate constraint ledger_transactions_kind_check;

-- The newest of all customers.
create index ledger_entries_newest on ledger_entries (created_at desc, id desc);
create index cashback_records_page on cashback_records (created_at desc, id desc);
create index wallets_page on wallets (created_at desc, id desc);

-- What staff moved by hand: who, how much and why. `amount` is positive; the kind says which way it went.
create table desk_movements (
    transaction_id uuid primary key references ledger_transactions,
    user_id uuid not null references users,
    kind text not null check (kind in (
        'DEPOSIT', 'WITHDRAWAL', 'ADD_POINTS', 'REMOVE_POINTS', 'ADD_CASHBACK', 'REMOVE_CASHBACK')),
    amount numeric(18,3) not null check (amount > 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    reason text,
    created_by_user_id uuid not null references users,
    created_at timestamptz not null default now()
);
create index desk_movements_user on desk_movements (user_id);
create index desk_movements_cashback_of_user on desk_movements (user_id, created_at desc, transaction_id desc)
    where kind in ('ADD_CASHBACK', 'REMOVE_CASHBACK');
create index desk_movements_creator on desk_movements (created_by_user_id);
create index desk_movements_cashback on desk_movements (created_at desc, transaction_id desc)
    where kind in ('ADD_CASHBACK', 'REMOVE_CASHBACK');
create trigger desk_movements_append_only before update or delete on desk_movements
    for each row execute function refuse_change();
create trigger desk_movements_no_truncate before truncate on desk_movements
    for each statement execute function refuse_change();

insert into desk_movements (transaction_id, user_id, kind, amount, currency, reason, created_by_user_id, created_at)
select t.id, t.user_id, t.kind, max(e.amount), max(a.currency), max(t.description_en),
       (array_agg(l.actor_id))[1], max(t.created_at)
from audit_log l
join ledger_transactions t on t.id = (l.after ->> 'transaction_id')::uuid and t.kind in ('DEPOSIT', 'WITHDRAWAL')
join ledger_entries e on e.transaction_id = t.id and e.amount > 0
join ledger_accounts a on a.id = e.account_id
where l.entity = 'wallet' and l.actor_id is not null
group by t.id;

-- A customer's wish to have cashback in the wallet. The sum is held until an administrator decides.
create table cashback_withdrawals (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users,
    amount numeric(14,3) not null check (amount > 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    status text not null default 'PENDING' check (status in ('PENDING', 'APPROVED', 'REJECTED')),
    rejection_reason text,
    decided_by_user_id uuid references users,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check ((status = 'REJECTED') = (rejection_reason is not null)),
    check ((status = 'PENDING') = (decided_by_user_id is null))
);
create index cashback_withdrawals_user on cashback_withdrawals (user_id, created_at desc, id desc);
create index cashback_withdrawals_page on cashback_withdrawals (created_at desc, id desc);
create index cashback_withdrawals_undecided on cashback_withdrawals (created_at desc, id desc) where status = 'PENDING';
create index cashback_withdrawals_decider on cashback_withdrawals (decided_by_user_id);

create function check_withdrawal_move() returns trigger
language plpgsql as $$
begin
    raise exception 'a withdrawal does not move from % to %', old.status, new.status using errcode = 'check_violation';
end
$$;
create trigger cashback_withdrawals_move before update of status on cashback_withdrawals
    for each row when (old.status <> 'PENDING' and old.status is distinct from new.status)
    execute function check_withdrawal_move();

-- The words by which the app knows a transaction.
create function wallet_transaction_type(kind text) returns text
language sql immutable parallel safe as $$
    select case kind when 'HOLD' then 'PAYMENT' when 'RELEASE' then 'REFUND' when 'REDEEM_POINTS' then 'BONUS'
                     when 'WITHDRAW_CASHBACK' then 'CASHBACK' when 'APPROVE_WITHDRAWAL' then 'CASHBACK' else kind end
$$;
create function points_transaction_type(kind text) returns text
language sql immutable parallel safe as $$
    select case kind when 'EARN_POINTS' then 'EARNED' when 'HOLD' then 'REDEEMED' when 'REDEEM_POINTS' then 'REDEEMED'
                     when 'EXPIRE_POINTS' then 'EXPIRED' when 'ADD_POINTS' then 'BONUS' else 'ADJUSTED' end
$$;

-- What moved wallets. A hold is shown as a payment: COMPLETED once it was spent, REVERSED once it was released. Both are
-- looked up by key, because PostgreSQL may read the whole table for an `exists`.
create view wallet_entries as
select
    e.id, e.account_id, a.user_id, a.currency, e.created_at, t.id as transaction_id,
    wallet_transaction_type(t.kind) as type, money(e.amount, a.currency) as amount,
    money(abs(e.amount), a.currency) as absolute_amount, money(e.balance_after - e.amount, a.currency) as balance_before,
    money(e.balance_after, a.currency) as balance_after, t.reference_type, t.reference_id, t.description_en,
    t.description_ar,
    case when t.kind <> 'HOLD' then 'COMPLETED' else coalesce(
        (select 'COMPLETED' from ledger_transactions s where s.key = regexp_replace(t.key, 'hold$', 'spend')),
        (select 'REVERSED' from ledger_transactions s where s.key = regexp_replace(t.key, 'hold$', 'release')),
        'PENDING') end as status
from ledger_entries e join ledger_transactions t on t.id = e.transaction_id
join ledger_accounts a on a.id = e.account_id where a.kind = 'WALLET';

create or replace view wallet_transaction_documents as
select
    id, account_id, created_at,
    json_build_object(
        'id', transaction_id, 'transaction_type', type, 'amount', absolute_amount, 'balance_before', balance_before,
        'balance_after', balance_after, 'currency', currency, 'reference_type', reference_type,
        'reference_id', reference_id, 'description_en', description_en, 'description_ar', description_ar,
        'status', status, 'created_at', created_at) as document
from wallet_entries;

-- One customer's wallet as staff see it: amounts are positive, and the type says the direction.
create view wallet_transaction_documents_for_staff as
select
    w.id, w.account_id, w.created_at,
    json_build_object(
        'id', w.transaction_id, 'type', w.type, 'transaction_type', w.type, 'amount', w.absolute_amount,
        'currency', w.currency, 'description', w.description_en, 'reference_type', w.reference_type,
        'balance_before', w.balance_before, 'balance_after', w.balance_after, 'status', w.status,
        'created_at', w.created_at,
        'created_by_user_id', (select m.created_by_user_id from desk_movements m
                               where m.transaction_id = w.transaction_id)) as document
from wallet_entries w;

-- Everybody's wallets: amounts are signed.
create view signed_wallet_transaction_documents as
select
    w.id, w.currency, w.created_at,
    json_build_object(
        'id', w.transaction_id, 'user_id', u.id, 'user_name', u.first_name || ' ' || u.last_name, 'user_avatar', u.avatar,
        'amount', w.amount, 'currency', w.currency, 'type', w.type, 'description', w.description_en,
        'reference_type', w.reference_type, 'created_at', w.created_at) as document
from wallet_entries w join users u on u.id = w.user_id;

-- Points as staff see them, of one customer or of all. Points are signed.
create view points_transaction_documents_for_staff as
select
    e.id, e.account_id, e.created_at,
    json_build_object(
        'id', t.id, 'user_id', u.id, 'user_name', u.first_name || ' ' || u.last_name, 'user_avatar', u.avatar,
        'type', points_transaction_type(t.kind), 'transaction_type', points_transaction_type(t.kind),
        'points', e.amount::bigint, 'balance_before', (e.balance_after - e.amount)::bigint,
        'balance_after', e.balance_after::bigint, 'description', t.description_en, 'description_en', t.description_en,
        'description_ar', t.description_ar, 'created_at', e.created_at,
        'created_by_user_id', (select m.created_by_user_id from desk_movements m where m.transaction_id = t.id)) as document
from ledger_entries e join ledger_transactions t on t.id = e.transaction_id
join ledger_accounts a on a.id = e.account_id join users u on u.id = a.user_id where a.kind = 'POINTS';

create or replace view cashback_documents as
select
    c.id, c.user_id, c.created_at,
    json_build_object(
        'id', c.id, 'user_id', c.user_id, 'reference_type', c.reference_type, 'reference_id', c.reference_id,
        'booking_amount', money(c.booking_amount, c.currency), 'cashback_rate', trim_scale(c.cashback_rate),
        'cashback_amount', money(c.cashback_amount, c.currency),
        'amount', money(c.cashback_amount - c.taken_back, c.currency), 'currency', c.currency, 'status', c.status,
        'credit_due_at', cashback_due_at(c), 'approved_at', c.approved_at, 'credited_at', c.credited_at,
        'rejection_reason', c.rejection_reason, 'description', c.description, 'created_at', c.created_at) as document,
    c.status, c.approved_by_user_id, c.description
from cashback_records c;

-- Cashback that staff added or removed, in the shape of a record: nothing was bought for it, and it counts at once.
create view cashback_movement_documents as
select
    m.transaction_id as id, m.user_id, m.created_at,
    json_build_object(
        'id', m.transaction_id, 'user_id', m.user_id,
        'reference_type', case m.kind when 'ADD_CASHBACK' then 'ADMIN_BONUS' else 'ADMIN_DEDUCTION' end,
        'reference_id', m.transaction_id, 'booking_amount', money(0, m.currency), 'cashback_rate', 0,
        'cashback_amount', signed.amount, 'amount', signed.amount, 'currency', m.currency,
        'status', case m.kind when 'ADD_CASHBACK' then 'CREDITED' else 'REDEEMED' end,
        'credit_due_at', m.created_at, 'approved_at', m.created_at,
        'credited_at', case m.kind when 'ADD_CASHBACK' then m.created_at end, 'rejection_reason', null,
        'description', t.description_en, 'created_at', m.created_at) as document,
    m.reason, m.created_by_user_id, t.description_en as description
from desk_movements m join ledger_transactions t on t.id = m.transaction_id
cross join lateral (select money(case m.kind when 'ADD_CASHBACK' then m.amount else -m.amount end, m.currency) as amount) signed
where m.kind in ('ADD_CASHBACK', 'REMOVE_CASHBACK');

-- Withdrawals in the shape of a record. They go out, so their amounts are negative.
create view cashback_withdrawal_documents as
select
    w.id, w.user_id, w.created_at,
    json_build_object(
        'id', w.id, 'user_id', w.user_id, 'reference_type', 'CLUB_GIFT_WITHDRAWAL_REQUEST', 'reference_id', w.id,
        'booking_amount', money(0, w.currency), 'cashback_rate', 0, 'cashback_amount', money(-w.amount, w.currency),
        'amount', money(-w.amount, w.currency), 'currency', w.currency,
        'status', case w.status when 'PENDING' then 'PENDING_WITHDRAWAL' when 'APPROVED' then 'WITHDRAWN' else w.status end,
        'credit_due_at', w.created_at, 'approved_at', case w.status when 'APPROVED' then w.updated_at end,
        'credited_at', null, 'rejection_reason', w.rejection_reason, 'description', 'Cashback to be moved into the wallet',
        'created_at', w.created_at) as document
from cashback_withdrawals w;

-- The three of them for staff.
create or replace view cashback_documents_for_staff as
select
    d.id, d.user_id, d.status, d.created_at,
    (d.document::jsonb || jsonb_build_object(
        'approved_by_user_id', d.approved_by_user_id, 'user_name', u.first_name || ' ' || u.last_name,
        'user_avatar', u.avatar, 'description_en', d.description, 'reason', null, 'created_by_user_id', null,
        'user', jsonb_build_object('id', u.id, 'first_name', u.first_name, 'last_name', u.last_name,
                                   'email', u.email)))::json as document
from cashback_documents d join users u on u.id = d.user_id;

create view cashback_movement_documents_for_staff as
select
    d.id, d.user_id, d.created_at,
    (d.document::jsonb || jsonb_build_object(
        'user_name', u.first_name || ' ' || u.last_name, 'user_avatar', u.avatar, 'description_en', d.description,
        'reason', d.reason, 'created_by_user_id', d.created_by_user_id))::json as document
from cashback_movement_documents d join users u on u.id = d.user_id;

create view cashback_withdrawal_documents_for_staff as
select
    d.id, d.user_id, d.created_at,
    (d.document::jsonb || jsonb_build_object(
        'user_name', u.first_name || ' ' || u.last_name, 'user_avatar', u.avatar,
        'description_en', d.document -> 'description', 'reason', null, 'created_by_user_id', null))::json as document
from cashback_withdrawal_documents d join users u on u.id = d.user_id;

-- Withdrawals as requests to decide about.
create view withdrawal_request_documents as
select
    w.id, w.status, w.created_at,
    json_build_object(
        'id', w.id, 'user_id', w.user_id, 'user_name', u.first_name || ' ' || u.last_name,
        'amount', money(w.amount, w.currency), 'currency', w.currency, 'status', w.status, 'created_at', w.created_at,
        'updated_at', w.updated_at, 'admin_notes', w.rejection_reason) as document
from cashback_withdrawals w join users u on u.id = w.user_id;

-- All wallets in one currency.
create function wallet_documents(balance_currency text)
returns table (id uuid, created_at timestamptz, document json) language sql stable as $$
    select w.id, w.created_at, json_build_object(
        'id', w.id, 'user_id', u.id, 'user_name', u.first_name || ' ' || u.last_name, 'user_email', u.email,
        'balance', money(coalesce((select a.balance from ledger_accounts a
                                   where a.user_id = u.id and a.kind = 'WALLET' and a.currency = balance_currency), 0),
                         balance_currency),
        'currency', balance_currency)
    from wallets w join users u on u.id = w.user_id
$$;

-- As before; and what staff added less what they removed counts as credited.
create or replace function cashback_totals(of_user uuid, balance_currency text)
returns table (available numeric, credited numeric, pending numeric, approved numeric)
language sql stable parallel safe
begin atomic
    select
        coalesce((select a.balance from ledger_accounts a
                  where a.user_id = of_user and a.kind = 'CASHBACK' and a.currency = balance_currency), 0),
        coalesce((select -sum(a.balance) from ledger_accounts a
                  where a.user_id = of_user and a.kind in ('CASHBACK_COST', 'CASHBACK_GIVEN')
                    and a.currency = balance_currency), 0),
        coalesce(sum(c.cashback_amount - c.taken_back) filter (where c.status = 'PENDING'), 0),
        coalesce(sum(c.cashback_amount - c.taken_back) filter (where c.status = 'APPROVED'), 0)
    from cashback_records c where c.user_id = of_user and c.status in ('PENDING', 'APPROVED');
end;

