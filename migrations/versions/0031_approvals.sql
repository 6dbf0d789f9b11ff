-- What is large and done by hand waits for another administrator.
create table approvals (
    id uuid primary key default gen_random_uuid(),
    kind text not null check (kind in ('DEPOSIT', 'ADD_POINTS', 'ADD_CASHBACK', 'REFUND')),
    -- Who gains by it.
    user_id uuid not null references users,
    order_id uuid references orders,
    amount numeric(18,3) not null check (amount > 0),
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    -- In the currency of balances. Null: nobody had set the rate of its currency.
    value numeric(24,6),
    -- All that doing it needs.
    request jsonb not null,
    reason text,
    request_key text,
    status text not null default 'PENDING' check (status in ('PENDING', 'APPROVED', 'REJECTED')),
    asked_by_user_id uuid not null references users,
    decided_by_user_id uuid references users,
    decided_at timestamptz,
    rejection_reason text,
    -- The refund or the ledger transaction that came of it.
    result_id uuid,
    created_at timestamptz not null default now(),
    check ((kind = 'REFUND') = (order_id is not null)),
    check ((status = 'PENDING') = (decided_by_user_id is null) and (decided_by_user_id is null) = (decided_at is null)),
    check ((status = 'APPROVED') = (result_id is not null)),
    check ((status = 'REJECTED') = (rejection_reason is not null)),
    constraint approvals_four_eyes check (decided_by_user_id not in (asked_by_user_id, user_id))
);
create index approvals_page on approvals (created_at desc, id desc);
create index approvals_waiting on approvals (created_at desc, id desc) where status = 'PENDING';
create index approvals_user on approvals (user_id, created_at);
create index approvals_order on approvals (order_id) where order_id is not null;
create index approvals_asker on approvals (asked_by_user_id);
create index approvals_decider on approvals (decided_by_user_id);
create index approvals_request on approvals (request_key) where status = 'PENDING';

create function check_approval_move() returns trigger
language plpgsql as $$
begin
    raise exception 'an approval that is % is not changed', old.status using errcode = 'check_violation';
end
$$;
create trigger approvals_move before update on approvals
    for each row when (old.status <> 'PENDING') execute function check_approval_move();

create view approval_documents as
select
    a.id, a.status, a.created_at,
    json_build_object(
        'id', a.id, 'kind', a.kind, 'status', a.status, 'user_id', a.user_id,
        'user', json_build_object('id', u.id, 'first_name', u.first_name, 'last_name', u.last_name, 'email', u.email),
        'order_id', a.order_id, 'order_number', (select o.order_number from orders o where o.id = a.order_id),
        'amount', case a.currency when 'PTS' then trim_scale(a.amount) else money(a.amount, a.currency) end,
        'currency', a.currency, 'reason', a.reason, 'asked_by_user_id', a.asked_by_user_id,
        'asked_by_name', asker.first_name || ' ' || asker.last_name, 'decided_by_user_id', a.decided_by_user_id,
        'decided_at', a.decided_at, 'rejection_reason', a.rejection_reason, 'result_id', a.result_id,
        'created_at', a.created_at) as document
from approvals a join users u on u.id = a.user_id join users asker on asker.id = a.asked_by_user_id;
