-- A row of the gateway's list of refunds of which nothing can be made waits, and costs the others no turn.

alter table gateway_refund_requests
    -- How many answers in a row nothing could be made of, and when the job asks about the row again.
    add column odd_answers integer not null default 0,
    add column look_due_at timestamptz not null default now();
