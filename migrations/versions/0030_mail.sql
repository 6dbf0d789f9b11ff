-- Mails that wait to be sent, were sent, or could not be: written in the transaction of what they speak of.
-- A mail with a code has no language yet: whether anybody has that address is found out when it is sent.
create table mails (
    id uuid primary key default gen_random_uuid(),
    kind text not null check (kind in (
        'VERIFICATION', 'PASSWORD_RESET', 'PASSWORD_CHANGED', 'ORDER_ISSUED', 'PAYMENT_RECEIVED', 'REFUND_COMPLETED',
        'BOOKING_CONFIRMED', 'BOOKING_CHANGED', 'BOOKING_CANCELLED', 'CASHBACK_CREDITED')),
    recipient text not null check (length(recipient) <= 254),
    language text check (language in ('ar', 'en')),
    parameters jsonb not null,
    dedup_key text not null unique,
    status text not null default 'PENDING' check (status in ('PENDING', 'SENT', 'DEAD')),
    attempts integer not null default 0,
    due_at timestamptz not null default now(),
    created_at timestamptz not null default now(),
    ended_at timestamptz,
    last_error text,
    check ((status = 'PENDING') = (ended_at is null))
);
create index mails_due on mails (due_at) where status = 'PENDING';
create index mails_ended on mails (ended_at) where status <> 'PENDING';
create view stale_mails as select id from mails where ended_at < now() - interval '30 days';

-- The code that was last asked for an address, whether anybody has it or not. The code itself stands nowhere: it is made
-- from the id with a secret key.
create table account_codes (
    purpose text not null check (purpose in ('RESET', 'VERIFY')),
    address text not null check (length(address) <= 254),
    id uuid not null default gen_random_uuid() unique,
    tries_left integer not null check (tries_left >= 0),
    expires_at timestamptz not null,
    primary key (purpose, address)
);
create view stale_account_codes as select id from account_codes where expires_at < now() - interval '1 day';

-- Registered by somebody who has neither logged in nor proven the address since: its owner may register it anew.
-- Accounts of before, and those that staff make, are nobody's to take.
alter table users add column is_unclaimed boolean not null default false;
