-- The state of an account, its card number, whom it is assigned to, and what finds it.

-- `is_active` stays in step with the state: the release before reads it, and so does who may sign in.
alter table users
    add column status text not null default 'ACTIVE' check (status in ('ACTIVE', 'PENDING', 'SUSPENDED', 'DELETED')),
    add column assigned_employee_id uuid references users,
    add column deleted_at timestamptz,
    add column last_login_at timestamptz,
    add column membership_id_display text,
    -- Customers come before staff where both are listed.
    add column list_rank smallint not null generated always as (case role when 'CUSTOMER' then 0 else 1 end) stored;

update users set status = 'SUSPENDED' where not is_active;
update users set last_login_at = (select max(s.created_at) from sessions s where s.user_id = users.id);

-- Card numbers come from a series that leaves gaps: nobody waits for another's registration.
create sequence membership_numbers;
update users set membership_id_display = 'ALT-' || lpad(numbered.place::text, greatest(6, length(numbered.place::text)), '0')
from (select id, row_number() over (order by created_at, id) as place from users) numbered where numbered.id = users.id;
select setval('membership_numbers', (select count(*) + 1 from users), false);

-- A trigger and no default: the functions that make accounts need no right to the series then. Staff may have given the
-- number that comes next to somebody by hand, and it is passed over.
create function give_membership_number() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
    number text;
begin
    while new.membership_id_display is null loop
        number := nextval('membership_numbers')::text;
        number := 'ALT-' || lpad(number, greatest(6, length(number)), '0');
        if not exists (select from users where lower(membership_id_display) = lower(number)) then
            new.membership_id_display := number;
        end if;
    end loop;
    return new;
end
$$;
revoke execute on function give_membership_number() from public;
create trigger users_membership_number before insert on users for each row execute function give_membership_number();

alter table users
    alter column membership_id_display set not null,
    add constraint users_is_active check (is_active = (status in ('ACTIVE', 'PENDING'))),
    add constraint users_deleted check ((status = 'DELETED') = (deleted_at is not null)),
    -- What searches look through. Stored, since folding the text anew costs more than finding it.
    add column searched text not null generated always as (
        ' ' || folded(first_name || ' ' || last_name || ' ' || email || ' ' || coalesce(username, '') || ' '
                      || coalesce(phone, '') || ' ' || regexp_replace(coalesce(phone, ''), '\D', '', 'g') || ' '
                      || membership_id_display)) stored;

create unique index users_membership_id on users (lower(membership_id_display));
create index users_searched on users using gin (searched gin_trgm_ops);
-- No code has used this one since 0021.
drop index users_search;
create index users_listed on users (list_rank, created_at desc, id desc) where status <> 'DELETED';
create index users_by_status on users (status, list_rank, created_at desc, id desc) where status <> 'ACTIVE';
create index users_assigned on users (assigned_employee_id, list_rank, created_at desc, id desc)
    where assigned_employee_id is not null;
analyze users;

-- Sessions can end by their owner's hand, by staff, and with the account.
alter table sessions drop constraint sessions_end_reason_check;
alter table sessions add constraint sessions_end_reason_check check (end_reason in (
    'LOGOUT', 'PASSWORD_CHANGED', 'TOKEN_REUSED', 'ENDED_BY_OWNER', 'ENDED_BY_STAFF', 'SUSPENDED', 'CLOSED'));

-- A closed account stays closed: its personal data are gone.
create function check_account_move() returns trigger
language plpgsql as $$
begin
    raise exception 'a closed account does not become %', new.status using errcode = 'check_violation';
end
$$;
create trigger users_move before update of status on users
    for each row when (old.status = 'DELETED' and new.status <> 'DELETED') execute function check_account_move();

-- What accounts hold in one currency, and their points. The sums of lots leave out what is past its expiry.
create function held_balances(of_user uuid, balance_currency text)
returns table (wallet numeric, cashback numeric, points bigint, points_earned bigint, points_redeemed bigint)
language sql stable parallel safe
begin atomic
    select
        coalesce(sum(a.balance) filter (where a.kind = 'WALLET' and a.currency = balance_currency), 0),
        coalesce(sum(a.balance) filter (where a.kind = 'CASHBACK' and a.currency = balance_currency), 0),
        (select coalesce(sum(l.points_left), 0)::bigint from points_lots l
         where l.user_id = of_user and l.points_left > 0 and l.expires_at > now()),
        coalesce(-sum(a.balance) filter (where a.kind in ('POINTS_ISSUED', 'POINTS_GIVEN')), 0)::bigint,
        coalesce(sum(a.balance) filter (where a.kind = 'POINTS_REDEEMED'), 0)::bigint
    from ledger_accounts a where a.user_id = of_user;
end;

-- Accounts as staff list them. There are no plans yet, so nobody has one.
create function user_documents(balance_currency text)
returns table (id uuid, role text, status text, assigned_employee_id uuid, list_rank smallint, created_at timestamptz,
               searched text, document json)
language sql stable as $$
    select
        u.id, u.role, u.status, u.assigned_employee_id, u.list_rank, u.created_at, u.searched,
        (select json_build_object(
            'id', u.id, 'email', u.email, 'username', u.username, 'first_name', u.first_name, 'last_name', u.last_name,
            'phone', u.phone, 'avatar', u.avatar, 'role', u.role, 'status', u.status, 'created_at', u.created_at,
            'deleted_at', u.deleted_at, 'membership_id_display', u.membership_id_display, 'plan', null, 'membership', null,
            'points', json_build_object('current_balance', b.points, 'total_earned', b.points_earned,
                                        'total_redeemed', b.points_redeemed),
            'wallet', json_build_object('balance', money(b.wallet, balance_currency), 'currency', balance_currency),
            'cashback_balance', money(b.cashback, balance_currency))
         from held_balances(u.id, balance_currency) b)
    from users u
$$;

-- The last that a customer paid, or is to pay: payments, orders that have none, and what staff moved in the wallet.
create view recent_payment_documents as
select p.id, p.user_id, p.created_at, json_build_object(
    'id', p.id, 'amount', money(p.amount, p.currency), 'currency', p.currency, 'status', p.status,
    'date', coalesce(p.paid_at, p.created_at), 'method', p.payment_method, 'source', 'PAYMENT') as document
from payments p
union all
select o.id, o.user_id, o.created_at, json_build_object(
    'id', o.id, 'amount', money(o.total_amount, o.currency), 'currency', o.currency, 'status', status_without_payment(o),
    'date', coalesce(o.paid_at, o.created_at), 'method', 'INVOICE', 'source', 'INVOICE')
from orders o where not o.has_payment and not (o.is_on_account and o.payment_status = 'UNPAID')
union all
select m.transaction_id, m.user_id, m.created_at, json_build_object(
    'id', m.transaction_id, 'amount', money(m.amount, m.currency), 'currency', m.currency, 'status', 'COMPLETED',
    'date', m.created_at, 'method', m.kind, 'source', 'WALLET')
from desk_movements m where m.kind in ('DEPOSIT', 'WITHDRAWAL');
create index desk_movements_wallet_of_user on desk_movements (user_id, created_at desc, transaction_id desc)
    where kind in ('DEPOSIT', 'WITHDRAWAL');

-- One account with all that staff look up about it.
create function user_detail_documents(balance_currency text)
returns table (id uuid, assigned_employee_id uuid, document json)
language sql stable as $$
    select u.id, u.assigned_employee_id, json_build_object(
        'user', json_build_object(
            'id', u.id, 'first_name', u.first_name, 'last_name', u.last_name, 'name', u.first_name || ' ' || u.last_name,
            'username', u.username, 'email', u.email, 'phone', u.phone, 'avatar', u.avatar, 'role', u.role,
            'status', u.status, 'gender', u.gender, 'country', u.country, 'language', u.language,
            'joined_at', u.created_at, 'created_at', u.created_at, 'last_login', u.last_login_at,
            'assigned_employee_id', u.assigned_employee_id, 'membership_id_display', u.membership_id_display),
        'assigned_employee', (select json_build_object('id', e.id, 'name', e.first_name || ' ' || e.last_name,
                                                       'email', e.email)
                              from users e where e.id = u.assigned_employee_id),
        'membership', null,
        'wallet', json_build_object('balance', money(b.wallet, balance_currency), 'currency', balance_currency),
        'points', json_build_object('current_balance', b.points, 'total_earned', b.points_earned),
        'cashback_balance', money(b.cashback, balance_currency),
        'referrals', json_build_object('count', 0, 'points_earned', 0),
        'recent_payments', (
            select coalesce(json_agg(p.document order by p.created_at desc, p.id desc), '[]')
            from (select r.id, r.created_at, r.document from recent_payment_documents r where r.user_id = u.id
                  order by r.created_at desc, r.id desc limit 10) p))
    from users u cross join lateral held_balances(u.id, balance_currency) b
$$;

-- The audit log as administrators read it.
create view audit_documents as
select
    l.id, l.at as created_at, l.actor_id, l.entity, l.entity_id, l.action,
    json_build_object(
        'id', l.id, 'at', l.at, 'actor_id', l.actor_id, 'actor_role', l.actor_role,
        'actor_name', (select a.first_name || ' ' || a.last_name from users a where a.id = l.actor_id),
        'action', l.action, 'entity', l.entity, 'entity_id', l.entity_id, 'before', l.before, 'after', l.after,
        'address', l.address, 'request_id', l.request_id) as document
from audit_log l;
-- An id belongs to one kind of things, so the kind is not needed before it.
drop index audit_log_entity;
create index audit_log_entity_id on audit_log (entity_id, at desc, id desc);
create index audit_log_action on audit_log (action, at desc, id desc);
create index audit_log_kind on audit_log (entity, at desc, id desc);

-- What an account's searched text is like if it is found. Fewer than three letters begin a word: the index has no shorter
-- piece of one, and what has a letter somewhere is nearly everybody.
create function user_search_pattern(given text) returns text
language sql immutable strict parallel safe as $$
    select case when length(folded(given)) < 3 then '% ' || substr(search_pattern(given), 2) else search_pattern(given) end
$$;
