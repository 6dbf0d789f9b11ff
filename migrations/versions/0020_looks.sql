-- When a return page last asked the gateway about a payment, and when the gateway last told such a page something.
alter table payments add column page_asked_at timestamptz, add column page_told_at timestamptz;

-- For when an event that nobody signed last made a job ask the gateway about a payment, or will do so.
alter table payments add column unsigned_look_at timestamptz;
create index payments_unsigned_look on payments (unsigned_look_at) where unsigned_look_at is not null;

-- When a job may ask the gateway about a payment because of an event that nobody signed: once an hour about each payment, and
-- so many times an hour in all. What is too many waits for another hour.
create function next_unsigned_look(payment payments, an_hour integer) returns timestamptz
language sql stable parallel safe as $$
    select case when payment.unsigned_look_at > now() then payment.unsigned_look_at
                else greatest(now(), payment.unsigned_look_at + interval '1 hour')
                     + make_interval(hours => (count(*) / an_hour)::integer) end
    from payments p where p.unsigned_look_at > now() - interval '1 hour' and p.id <> payment.id
$$;

-- What the gateway last told that an amount in another currency comes to.
create index payments_told_rate on payments (currency, created_at desc)
    where expected_currency = 'EGP' and currency <> 'EGP';
