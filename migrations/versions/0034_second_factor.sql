-- A secret that an authenticator app shares with us, encrypted with a key that is not in the database.
create table second_factors (
    user_id uuid primary key references users,
    secret bytea not null,
    -- Null: begun, and no code has shown yet that the app has the secret. Nothing asks for a code until then.
    confirmed_at timestamptz,
    -- The newest step of time (30 s) of which a code was taken: codes of it and of those before it hold no more.
    last_step bigint not null default 0,
    created_at timestamptz not null default now()
);

-- What takes the place of a code where the app is lost, each once.
create table recovery_codes (
    user_id uuid not null references second_factors on delete cascade,
    code_hash bytea not null,
    primary key (user_id, code_hash)
);

alter table sessions drop constraint sessions_end_reason_check;
alter table sessions add constraint sessions_end_reason_check check (end_reason in (
    'LOGOUT', 'PASSWORD_CHANGED', 'TOKEN_REUSED', 'ENDED_BY_OWNER', 'ENDED_BY_STAFF', 'SUSPENDED', 'CLOSED',
    'SECOND_FACTOR_CHANGED'));
