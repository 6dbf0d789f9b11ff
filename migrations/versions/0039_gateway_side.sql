-- A row of the gateway's list of refunds of which nothing can be made waits, and costs the others no turn.

alter table gateway_refund_requests
    -- How many answers in a row nothing could be made of, and when the job asks about the row again.
    add column odd_answers integer not null default 0,
    add column look_due_at timestamptz not null default now();

-- From which address, or of IPv6 from which network, a webhook came that was turned away: each sender is logged so often.
alter table webhook_events add column sender text;

-- More money of a payment that was refunded whole has come: there is something to refund again.
create or replace function check_payment_move() returns trigger
language plpgsql as $$
begin
    if not (old.status = 'PENDING' and new.status in ('PAID', 'FAILED', 'EXPIRED', 'CANCELLED')
            or old.status in ('FAILED', 'EXPIRED', 'CANCELLED') and new.status = 'PAID'
            or old.status = 'PAID' and new.status in ('PARTIALLY_REFUNDED', 'REFUNDED')
            or old.status = 'PARTIALLY_REFUNDED' and new.status = 'REFUNDED'
            or old.status = 'REFUNDED' and new.status = 'PARTIALLY_REFUNDED'
               and coalesce(new.received_amount > old.received_amount, false)) then
        raise exception 'a payment does not move from % to %', old.status, new.status using errcode = 'check_violation';
    end if;
    return new;
end
$$;
