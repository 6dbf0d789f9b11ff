-- What every other table leans on: money, numbers, append-only tables, the audit log, idempotency keys.

create extension if not exists pg_trgm;

-- ISO 4217; the same list stands in lib/money.py, and a test holds the two together.
create function currency_decimals(currency text) returns integer
language sql immutable strict parallel safe as $$
    select case
        when currency in ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'VND', 'VUV',
                          'XAF', 'XOF', 'XPF') then 0
        when currency in ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
        else 2
    end
$$;

-- An amount with exactly its currency's decimals: to_json(money(342, 'EGP')) is 342.00.
create function money(amount numeric, currency text) returns numeric
language sql immutable strict parallel safe as $$
    select round(amount, currency_decimals(currency))
$$;

create function refuse_change() returns trigger
language plpgsql as $$
begin
    raise exception '% is append-only: % is refused', tg_table_name, lower(tg_op) using errcode = 'integrity_constraint_violation';
end
$$;

-- Numbers that people read. A number is taken in the transaction that uses it, so that a rolled-back one leaves no gap.
create table number_series (
    prefix text not null,
    year integer not null,
    last bigint not null check (last > 0),
    primary key (prefix, year)
);

create function take_number(of_prefix text) returns text
language sql volatile strict as $$
    insert into number_series as series (prefix, year, last)
    values (of_prefix, extract(year from now() at time zone 'Africa/Cairo')::integer, 1)
    on conflict (prefix, year) do update set last = series.last + 1
    returning of_prefix || '-' || year || '-' || lpad(last::text, greatest(6, length(last::text)), '0')
$$;

create table audit_log (
    id uuid primary key default gen_random_uuid(),
    at timestamptz not null default now(),
    actor_id uuid,
    actor_role text,
    action text not null,
    entity text not null,
    entity_id uuid not null,
    before jsonb,
    after jsonb,
    address text,
    request_id text
);
create index audit_log_page on audit_log (at desc, id desc);
create index audit_log_actor on audit_log (actor_id, at desc, id desc);
create index audit_log_entity on audit_log (entity, entity_id, at desc, id desc);
create trigger audit_log_append_only before update or delete on audit_log for each row execute function refuse_change();
create trigger audit_log_no_truncate before truncate on audit_log for each statement execute function refuse_change();

create table idempotency_keys (
    user_id uuid not null,
    method text not null,
    path text not null,
    key text not null,
    fingerprint text not null,
    claim uuid not null,
    claimed_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    status integer,
    content_type text,
    body text,
    primary key (user_id, method, path, key),
    check ((status is null) = (body is null))
);
create index idempotency_keys_age on idempotency_keys (created_at);
