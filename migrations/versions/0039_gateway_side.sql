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

-- What the gateway sent back beyond what was left of a payment, once a person has booked it: it is lost.
alter table gateway_refund_requests
    -- Null: that of the payment.
    add column excess_currency text check (excess_currency ~ '^[A-Z]{3}$'),
    add column lost_at timestamptz;
create or replace view payment_refund_requests as
    select p.id as payment_id, q.* from gateway_refund_requests q
    join payments p on p.gateway_invoice_id = q.refundable_id where q.kind = 'INVOICE'
    union all
    select p.id, q.* from gateway_refund_requests q
    join payments p on p.gateway_transaction_id = q.refundable_id where q.kind = 'TRANSACTION';

alter table ledger_accounts drop constraint ledger_accounts_kind_check;
alter table ledger_accounts add constraint ledger_accounts_kind_check check (kind in (
    'WALLET', 'WALLET_HELD', 'CASHBACK', 'CASHBACK_HELD', 'POINTS', 'POINTS_HELD', 'POINTS_PENDING', 'UNAPPLIED',
    'POINTS_DEBT', 'CASHBACK_DEBT',
    'GATEWAY', 'DESK', 'SALES', 'EXCHANGE', 'LOSSES', 'REDEMPTIONS', 'CASHBACK_COST', 'CASHBACK_GIVEN',
    'POINTS_ISSUED', 'POINTS_GIVEN', 'POINTS_REDEEMED', 'POINTS_REMOVED', 'POINTS_EXPIRED')) not valid;
alter table ledger_accounts validate constraint ledger_accounts_kind_check;
alter table ledger_transactions drop constraint ledger_transactions_kind_check;
alter table ledger_transactions add constraint ledger_transactions_kind_check check (kind in (
    'DEPOSIT', 'WITHDRAWAL', 'RECEIVE', 'APPLY', 'HOLD', 'SPEND', 'RELEASE', 'REFUND', 'LOSS', 'EARN_POINTS',
    'TAKE_BACK_POINTS', 'REDEEM_POINTS', 'EXPIRE_POINTS', 'CREDIT_POINTS', 'CREDIT_CASHBACK', 'TAKE_BACK_CASHBACK',
    'WITHDRAW_CASHBACK', 'PAY_DEBT', 'ADD_POINTS', 'REMOVE_POINTS', 'ADD_CASHBACK', 'REMOVE_CASHBACK',
    'REQUEST_WITHDRAWAL', 'APPROVE_WITHDRAWAL', 'REJECT_WITHDRAWAL')) not valid;
alter table ledger_transactions validate constraint ledger_transactions_kind_check;
