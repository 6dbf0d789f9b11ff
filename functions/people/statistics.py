"""The figures of the dashboard. Days and months are Cairo's; money is what moved on SALES, by the day it moved."""

from functions.people.statistics_schemas import ChartQuery, NewestQuery
from lib import db
from lib.config import config

# This month and the last by Cairo's days, and the moments at which they begin.
_MONTHS = """
    months as (
        select this_month, this_month - interval '1 month' as last_month, (this_month)::date as this_day,
               (this_month - interval '1 month')::date as last_day,
               this_month at time zone 'Africa/Cairo' as this_began,
               (this_month - interval '1 month') at time zone 'Africa/Cairo' as last_began
        from (select date_trunc('month', now() at time zone 'Africa/Cairo') as this_month) began
    )
"""
_COMPARED = """
    json_build_object('total', total, 'this_month', this_month, 'change_percent', case when last_month = 0 then 0
                      else round(100.0 * (this_month - last_month) / last_month)::integer end)
"""


def _counted(what: str, table: str, condition: str = "true") -> str:
    """A select of one row: how many rows there are in all, of this month and of the last."""
    return f"""
        select (select f.number + (select count(*) from {table} where {condition} and created_at > f.until)
                from figures f where f.what = '{what}') as total,
               (select count(*) from {table} where {condition} and created_at >= this_began) as this_month,
               (select count(*) from {table} where {condition} and created_at >= last_began and created_at < this_began)
                   as last_month
        from months
    """  # noqa: S608 - table and condition are ours


def overview() -> bytes:
    """Customers, revenue, bookings and orders, in all and this month, compared with the last month."""
    return db.read.json(
        f"""
        with {_MONTHS}, money_moved as (
            select r.day, r.currency, r.amount, r.amount * t.rate as converted
            from revenue_by_day('-infinity') r left join rates_into(:currency, :balance_currency) t using (currency)
        ), revenue as (
            select coalesce(sum(converted), 0) as total,
                   coalesce(sum(converted) filter (where day >= this_day), 0) as this_month,
                   coalesce(sum(converted) filter (where day >= last_day and day < this_day), 0) as last_month
            from months left join money_moved on true
        ), by_currency as (
            select coalesce(json_object_agg(currency, amount order by currency), '{{}}') as document
            from (select currency, money(sum(amount), currency) as amount from money_moved group by currency) sums
        )
        select json_build_object(
            'users', (select {_COMPARED} from ({_counted("customers", "users", "role = 'CUSTOMER'")}) counted),
            'revenue', (select json_build_object(
                'total', money(total, :currency), 'this_month', money(this_month, :currency),
                'change_percent', case when last_month <= 0 then 0
                                       else round(100 * (this_month - last_month) / last_month)::integer end,
                'currency', :currency, 'by_currency', by_currency.document) from revenue, by_currency),
            'bookings', (select {_COMPARED} from ({_counted("bookings", "bookings")}) counted),
            'orders', (select json_build_object('total', total, 'this_month', this_month)
                       from ({_counted("orders", "orders", "not is_booked")}) counted),
            'offers', json_build_object('active', 0), 'chats', json_build_object('open', 0))::text
        """,  # noqa: S608 - the parts are constants of this file
        currency=config().default_currency,
        balance_currency=config().loyalty.currency,
    )


def revenue_chart(query: ChartQuery) -> bytes:
    """The revenue of each of the last days, the oldest first, today last, zeros included."""
    return db.read.json(
        """
        with today as (select cairo_day(now()) as day), money_moved as (
            select r.day, sum(r.amount * t.rate) as amount
            from today cross join revenue_by_day(today.day - :days::integer + 1) r
            join rates_into(:currency, :balance_currency) t using (currency) group by r.day
        )
        select json_agg(json_build_object(
            'date', d.day::date, 'day', to_char(d.day, 'Dy'), 'revenue', money(coalesce(m.amount, 0), :currency)
            ) order by d.day)::text
        from today cross join generate_series(today.day - :days::integer + 1, today.day, interval '1 day') as d (day)
        left join money_moved m on m.day = d.day::date
        """,
        days=query.days,
        currency=config().default_currency,
        balance_currency=config().loyalty.currency,
    )


def recent_activities(query: NewestQuery) -> bytes:
    """The newest customers, settled payments, bookings and orders in one list, the newest first."""
    return db.read.json(
        """
        with happened as (
            (select 'user' as type, 'person-add' as icon, 'New customer' as title, first_name || ' ' || last_name as text,
                    created_at as at
             from users where role = 'CUSTOMER' order by created_at desc, id desc limit :limit::integer)
            union all
            (select 'payment', 'card', 'Payment received',
                    p.payment_number || ': ' || money(p.amount, p.currency) || ' ' || p.currency, p.paid_at
             from payments p where p.paid_at is not null order by p.paid_at desc, p.id desc limit :limit::integer)
            union all
            (select 'booking', 'airplane', 'New booking',
                    b.booking_number || ': ' || coalesce(nullif(b.title_en, ''), nullif(b.title_ar, ''), b.booking_type),
                    b.created_at
             from bookings b order by b.created_at desc, b.id desc limit :limit::integer)
            union all
            (select 'order', 'receipt', 'New order',
                    o.order_number || ': ' || money(o.total_amount, o.currency) || ' ' || o.currency, o.created_at
             from orders o where not o.is_booked order by o.created_at desc, o.id desc limit :limit::integer)
        )
        select coalesce(json_agg(json_build_object(
            'type', type, 'icon', icon, 'title', title, 'description', text, 'time', at) order by at desc), '[]')::text
        from (select * from happened order by at desc limit :limit::integer) newest
        """,
        limit=query.limit,
    )


def newest_transactions(query: NewestQuery) -> bytes:
    """The newest payments, and orders that have none, the newest first."""
    return db.read.json(
        """
        with rows as (
            (select p.id, p.user_id, p.amount, p.currency, p.status, p.created_at, 'PAYMENT' as type
             from payments p order by p.created_at desc, p.id desc limit :limit::integer)
            union all
            (select o.id, o.user_id, o.total_amount, o.currency, status_without_payment(o), o.created_at, 'INVOICE'
             from orders o where not o.has_payment order by o.created_at desc, o.id desc limit :limit::integer)
        )
        select coalesce(json_agg(json_build_object(
            'id', n.id, 'user', u.first_name || ' ' || u.last_name, 'amount', money(n.amount, n.currency),
            'currency', n.currency, 'status', n.status, 'created_at', n.created_at, 'type', n.type)
            order by n.created_at desc, n.id desc), '[]')::text
        from (select * from rows order by created_at desc, id desc limit :limit::integer) n
        join users u on u.id = n.user_id
        """,
        limit=query.limit,
    )
