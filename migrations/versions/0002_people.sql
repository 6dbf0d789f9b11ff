-- Who uses the API, their sessions, and the throttle on failed logins.

create table users (
    id uuid primary key default gen_random_uuid(),
    email text not null check (length(email) <= 254),
    username text check (username ~ '^[A-Za-z0-9_]{3,50}$'),
    password_hash text not null,
    first_name text not null,
    last_name text not null,
    phone text,
    role text not null default 'CUSTOMER' check (role in ('CUSTOMER', 'EMPLOYEE', 'AGENT', 'ADMIN', 'SUPER_ADMIN')),
    language text not null default 'ar' check (language in ('ar', 'en')),
    avatar text,
    gender text check (gender in ('MALE', 'FEMALE')),
    country text,
    referral_code text,
    email_verified boolean not null default false,
    phone_verified boolean not null default false,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create unique index users_email on users (lower(email));
create unique index users_username on users (lower(username));
create index users_page on users (created_at desc, id desc);
create index users_search on users using gin (
    (lower(first_name || ' ' || last_name || ' ' || email || ' ' || coalesce(username, '') || ' ' || coalesce(phone, '')))
    gin_trgm_ops
);

-- A session is a family of refresh tokens. It ends 30 days after its last use and 90 days after login at the latest.
create table sessions (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null references users,
    created_at timestamptz not null default now(),
    last_used_at timestamptz not null default now(),
    ended_at timestamptz,
    end_reason text check (end_reason in ('LOGOUT', 'PASSWORD_CHANGED', 'TOKEN_REUSED')),
    address text,
    user_agent text,
    check ((ended_at is null) = (end_reason is null))
);
create index sessions_user on sessions (user_id);

create table refresh_tokens (
    id uuid primary key default gen_random_uuid(),
    session_id uuid not null references sessions,
    parent_id uuid references refresh_tokens,
    token_hash bytea not null unique,
    issued_at timestamptz not null default now(),
    retired_at timestamptz
);
create index refresh_tokens_session on refresh_tokens (session_id);
create index refresh_tokens_parent on refresh_tokens (parent_id);

-- A row for each login that is under way or failed; one that succeeds takes its rows away again.
create table login_attempts (
    id uuid primary key default gen_random_uuid(),
    account text not null,
    address text not null,
    at timestamptz not null default now()
);
create index login_attempts_account on login_attempts (account, at);
create index login_attempts_address on login_attempts (address, at);
