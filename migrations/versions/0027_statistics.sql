-- What the dashboard counts. Revenue is what orders were paid less what was refunded of them: what moved on SALES, by the day
-- in Cairo on which it moved. A job adds it up by day; what moved since its last run is added when somebody reads.

create function cairo_day(moment timestamptz) returns date
language sql stable parallel safe as $$
    select (moment at time zone 'Africa/Cairo')::date
$$;

create table revenue_days (
    day date not null,
    currency text not null check (currency ~ '^[A-Z]{3}$'),
    amount numeric(18,3) not null,
    primary key (day, currency)
);
-- Until when the days are summed.
create table revenue_summed (
    only_row boolean primary key default true check (only_row),
    until timestamptz not null
);
-- Ten minutes ago, since a transaction that is not committed yet may have entries of then.
insert into revenue_summed (until) values (now() - interval '10 minutes');
insert into revenue_days (day, currency, amount)
select cairo_day(e.created_at), a.currency, sum(e.amount)
from ledger_entries e join ledger_accounts a on a.id = e.account_id and a.kind = 'SALES'
where e.created_at <= (select until from revenue_summed) group by 1, 2;

create function revenue_by_day(since date) returns table (day date, currency text, amount numeric)
language sql stable as $$
    select moved.day, moved.currency, sum(moved.amount)
    from (select d.day, d.currency, d.amount from revenue_days d where d.day >= since
          union all
          -- An account for each entry: PostgreSQL takes them for many and would join all accounts.
          select cairo_day(e.created_at),
                 (select a.currency from ledger_accounts a where a.id = e.account_id and a.kind = 'SALES'), e.amount
          from ledger_entries e
          where e.created_at > (select until from revenue_summed) and e.created_at >= since::timestamp at time zone 'Africa/Cairo'
         ) moved
    where moved.currency is not null group by 1, 2
$$;

-- How many there were when the job last counted. A read adds what was made since, so only what was deleted since is wrong.
create table figures (
    what text primary key check (what in ('customers', 'bookings', 'orders')),
    number bigint not null,
    until timestamptz not null
);
insert into figures (what, number, until) values
    ('customers', (select count(*) from users where role = 'CUSTOMER'), now()),
    ('bookings', (select count(*) from bookings), now()),
    ('orders', (select count(*) from orders where not is_booked), now());

-- What one unit of each currency is worth in another one, by the rates that staff have set. The currency of balances is what
-- those rates are in. A currency without a rate is left out.
create function rates_into(wanted text, balance_currency text) returns table (currency text, rate numeric)
language sql stable as $$
    with known as (
        select r.currency, r.rate from exchange_rates r where r.currency <> balance_currency
        union all select balance_currency, 1
    )
    select wanted, 1::numeric
    union all
    select k.currency, k.rate / w.rate from known k join known w on w.currency = wanted where k.currency <> wanted
$$;

create index payments_paid on payments (paid_at desc, id desc) where paid_at is not null;
create index customers_page on users (created_at desc, id desc) where role = 'CUSTOMER';
