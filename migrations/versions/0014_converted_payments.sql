-- The gateway tells of an invoice in another currency what it comes to in EGP, with neither the rate nor the amount that
-- was asked for. So what it told is kept beside what was asked for, exactly as it was told.

alter table payments
    -- What the gateway said that the payer is to pay, read while nothing was paid. Null: it was not read.
    add column expected_total numeric check (expected_total > 0),
    add column expected_currency text check (expected_currency ~ '^[A-Z]{3}$'),
    -- What the gateway said when the money had arrived.
    add column gateway_total numeric check (gateway_total > 0),
    add column gateway_currency text check (gateway_currency ~ '^[A-Z]{3}$'),
    add constraint payments_expected_whole check ((expected_total is null) = (expected_currency is null)),
    add constraint payments_told_whole check ((gateway_total is null) = (gateway_currency is null));

-- What one unit of a currency comes to in EGP, as staff expect the gateway to convert it. Nothing is changed: a newer row
-- takes the place of an older one.
create table gateway_rates (
    id bigint generated always as identity primary key,
    currency text not null check (currency ~ '^[A-Z]{3}$' and currency <> 'EGP'),
    rate numeric(16,6) not null check (rate > 0),
    set_by_user_id uuid not null references users,
    created_at timestamptz not null default now()
);
create index gateway_rates_newest on gateway_rates (currency, created_at desc, id desc);
create index gateway_rates_setter on gateway_rates (set_by_user_id);
create trigger gateway_rates_append_only before update or delete on gateway_rates
    for each row execute function refuse_change();
create trigger gateway_rates_no_truncate before truncate on gateway_rates
    for each statement execute function refuse_change();

-- A rate counts for seven days: over a weekend and a holiday, but not after a month in which a currency was devalued.
create view current_gateway_rates as
    select distinct on (currency) currency, rate, created_at from gateway_rates
    where created_at > now() - interval '7 days'
    order by currency, created_at desc, id desc;

-- What one unit of `currency` was counted as, if `amount` of it became `total` in another currency; else null. It is for
-- showing, so it is rounded.
create function implied_rate(total numeric, total_currency text, amount numeric, currency text) returns numeric
language sql immutable parallel safe as $$
    select case when total_currency <> currency then trim_scale(round(total / amount, 6)) end
$$;

-- What staff see of what the gateway told of a payment, with the rate that counts now.
create function gateway_figures(payment payments) returns json language sql stable parallel safe as $$
    select json_build_object(
        'total', trim_scale(payment.gateway_total), 'currency', payment.gateway_currency,
        'rate', implied_rate(payment.gateway_total, payment.gateway_currency, payment.amount, payment.currency),
        'expected_total', trim_scale(payment.expected_total), 'expected_currency', payment.expected_currency,
        'expected_rate',
        implied_rate(payment.expected_total, payment.expected_currency, payment.amount, payment.currency),
        'staff_rate', (select trim_scale(r.rate) from current_gateway_rates r where r.currency = payment.currency))
$$;

-- In which currency and at which rate the gateway would send this amount of a payment back: as it took it. Null if it
-- converted nothing.
create function gateway_refund_terms(payment payments, amount numeric) returns json
language sql stable parallel safe as $$
    select case when payment.gateway_currency <> payment.currency then json_build_object(
        'currency', payment.gateway_currency,
        'rate', implied_rate(payment.gateway_total, payment.gateway_currency, payment.amount, payment.currency),
        'amount', money(amount * payment.gateway_total / payment.amount, payment.gateway_currency)) end
$$;

-- Payments as staff see them. The columns are those of `payment_documents`.
create view payment_documents_for_staff as
select d.id, d.order_id, d.user_id, d.status, d.in_review, d.created_at,
       (d.document::jsonb || jsonb_build_object('gateway', gateway_figures(p)))::json as document
from payment_documents d join payments p on p.id = d.id;

create view gateway_rate_documents as
select r.currency, json_build_object('currency', r.currency, 'rate', trim_scale(r.rate), 'set_at', r.created_at,
    'set_by', u.first_name || ' ' || u.last_name,
    'is_current', exists (select from current_gateway_rates c where c.currency = r.currency)) as document
from (select distinct on (currency) currency, rate, created_at, set_by_user_id from gateway_rates order by currency, created_at desc, id desc) r
join users u on u.id = r.set_by_user_id;
