"""Lists of a large table: a page reads about as many rows as it shows, whichever the filter, and is one statement.

The time of a page must not grow with its table, so this looks at the rows that PostgreSQL read for it. It fails where a list
has no index that fits, also where another index hides that from a look for sequential scans.
"""

import base64
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from pg8000 import dbapi

from functions.bookings import queries as bookings
from functions.bookings.schemas import BookingsQuery, MyBookingsQuery
from functions.loyalty import histories
from functions.loyalty import queries as loyalty
from functions.loyalty.schemas import WaitingQuery
from functions.loyalty.staff_schemas import HistoryQuery, WithdrawalRequestsQuery
from functions.orders import queries as orders
from functions.orders.schemas import ApprovalsQuery, MyOrdersQuery, OrdersQuery
from functions.payments_webhook import queries as payments
from functions.payments_webhook.schemas import PaymentQuery, WebhookLogQuery
from functions.people import queries as people
from functions.people.forms import AuditQuery, UsersQuery
from lib.db.connect import url_parameters
from lib.db.pool import Reads
from lib.db.session import Row, Session
from lib.models import Model
from lib.security.callers import Caller
from lib.web import Call, PageQuery, WholeListQuery
from lib.web.request import Request
from tests.support.database import run, scratch_database
from tests.support.sharing import Shared

ROWS, USERS = 20_000, 10_000
LIMIT = 20
# A row that is shown takes its customer, its items and the like, and the count of payments stops at a thousand.
MOST_ROWS, MOST_COUNTED = 60 * LIMIT, 2 * payments.MOST_COUNTED
USER = uuid.UUID("00000000-0000-0000-0000-000000000007")
ORDER = uuid.UUID("00000000-0000-0000-0001-000000000007")

# Every row is old history of its kind: paid, done, processed. What the rare filters look for is not there.
_FILL = """
    create function id_of(kind text, n integer) returns uuid language sql immutable as
        $$ select ('00000000-0000-0000-' || kind || '-' || lpad(n::text, 12, '0'))::uuid $$;
    create table numbers as select n, n % :users as customer, now() - make_interval(mins => n) as at
        from generate_series(1, :rows) n;
    insert into users (id, email, password_hash, first_name, last_name, created_at, membership_id_display)
        select id_of('0000', n), 'c' || n || '@example.com', '!', 'Customer', n::text, now() - make_interval(mins => n),
               'SEED-' || n
        from generate_series(0, :users - 1) n;
    insert into orders (id, order_number, user_id, created_by_user_id, order_type, status, payment_status, currency,
                        subtotal, discount_amount, tax_rate, tax_amount, total_amount, amount_paid, issued_at, paid_at,
                        created_at, has_payment)
        select id_of('0001', n), 'SEED-' || n, id_of('0000', customer), id_of('0000', 0), 'SERVICE', 'PAID', 'PAID', 'EGP',
               200, 0, 0, 0, 200, 200, at, at, at, true from numbers;
    insert into payments (id, payment_number, order_id, user_id, payment_type, payment_method, amount, currency, status,
                          return_token, paid_at, check_due_at, wallet_to_use, created_at)
        select id_of('0002', n), 'SEED-' || n, id_of('0001', n), id_of('0000', customer), 'ORDER', 'BALANCE', 200, 'EGP',
               'PAID', 'seed-' || n, at, null, 200, at from numbers;
    insert into bookings (id, booking_number, order_id, user_id, created_by_user_id, booking_type, booking_source, status,
                          title_en, start_date, guest_count, guest_names, booking_details, created_at)
        select id_of('0003', n), 'SEED-' || n, id_of('0001', n), id_of('0000', customer), id_of('0000', 0), 'HOTEL', 'SELF',
               'COMPLETED', 'Aswan', at::date, 1, '[]', '{}', at from numbers;
    insert into webhook_events (id, received_at, digest, hash_held, invoice_id)
        select id_of('0004', n), at, n::text, true, n::text from numbers;
    insert into webhook_outcomes (event_id, event_received_at, at, outcome, detail, payment_id)
        select id_of('0004', n), at, at, 'processed', '', id_of('0002', n) from numbers;
    insert into order_items (order_id, position, description_ar, description_en, quantity, unit_price, total_price)
        select id_of('0001', n), 1, case when n % 5000 = 0 then 'زيارة' else '' end, 'Trip', 1, 200, 200 from numbers;
    insert into invoices (order_id, invoice_number, verify_token, issued_at, snapshot)
        select id_of('0001', n), 'SEED-' || n, 'seed-' || n, at, '{}' from numbers;
    insert into ledger_accounts (id, user_id, kind, currency)
        select id_of('0006', n), id_of('0000', n), 'WALLET', 'EGP' from generate_series(0, :users - 1) n
        union all select id_of('0007', n), id_of('0000', n), 'POINTS', 'PTS' from generate_series(0, :users - 1) n;
    insert into ledger_transactions (id, key, kind, user_id, description_en, description_ar, created_at)
        select id_of('0008', n), 'seed-' || n || ':hold', 'HOLD', id_of('0000', customer), '', '', at from numbers;
    insert into ledger_entries (transaction_id, account_id, number, amount, balance_after, created_at)
        select id_of('0008', n), id_of('0006', customer), n, 1, 1, at from numbers
        union all select id_of('0008', n), id_of('0007', customer), n, 1, 1, at from numbers;
    insert into cashback_records (id, user_id, order_id, reference_type, reference_id, booking_amount, cashback_rate,
                                  cashback_amount, currency, status, credit_due_at, credited_at, description, created_at)
        select id_of('0005', n), id_of('0000', customer), id_of('0001', n), 'ORDER', id_of('0001', n), 200, 1, 2, 'EGP',
               'CREDITED', at, at, '', at from numbers;
    insert into wallets (user_id, created_at)
        select id_of('0000', n), now() - make_interval(mins => n) from generate_series(0, :users - 1) n;
    insert into desk_movements (transaction_id, user_id, kind, amount, currency, created_by_user_id, created_at)
        select id_of('0008', n), id_of('0000', customer), (array['DEPOSIT', 'ADD_CASHBACK', 'ADD_POINTS'])[n % 3 + 1], 1,
               'EGP', id_of('0000', 0), at from numbers;
    insert into cashback_withdrawals (id, user_id, amount, currency, status, decided_by_user_id, created_at)
        select id_of('0009', n), id_of('0000', customer), 1, 'EGP', 'APPROVED', id_of('0000', 0), at from numbers;
    insert into approvals (id, kind, user_id, amount, currency, request, status, asked_by_user_id, decided_by_user_id,
                           decided_at, result_id, created_at)
        select id_of('0010', n), 'DEPOSIT', id_of('0000', customer), 1, 'EGP', '{}', 'APPROVED',
               id_of('0000', (customer + 1) % :users), id_of('0000', (customer + 2) % :users), at, id_of('0008', n), at
        from numbers;
    insert into audit_log (at, actor_id, actor_role, action, entity, entity_id)
        select at, id_of('0000', customer), 'ADMIN', 'change', 'order', id_of('0001', n) from numbers
"""


class Explained:
    """Reads of the large database, each with the plan that it had."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.plans: list[dict[str, Any]] = []
        large = session.run("select relname from pg_class where relkind = 'r' and reltuples >= :least", least=USERS)
        self.large_tables = {name for (name,) in large}

    def fetch(self, sql: str, values: dict[str, object]) -> tuple[Any, list[Row]]:
        ((plan,),) = self._session.run(f"explain (analyze, timing off, format json) {sql}", **values)
        self.plans.append(plan[0]["Plan"])
        rows = self._session.run(sql, **values)
        return self._session.names(sql), rows


@pytest.fixture(scope="module")
def large(shared: Shared) -> Iterator[Session]:
    with scratch_database(shared.server_url, shared.template) as url:
        for statement in _FILL.split(";\n"):
            # Without triggers, which would check each move of money.
            run(
                url,
                "set session_replication_role = replica;"
                + statement.replace(":rows", str(ROWS)).replace(":users", str(USERS)),
            )
        run(url, "vacuum analyze")
        with closing(dbapi.connect(**url_parameters(url))) as connection:
            connection.autocommit = True
            yield Session(connection)


@pytest.fixture
def explained(large: Session, database: str, monkeypatch: pytest.MonkeyPatch) -> Explained:
    assert database
    found = Explained(large)
    monkeypatch.setattr(Reads, "fetch", lambda _reads, sql, values: found.fetch(sql, values))
    return found


def scans(plan: dict[str, Any]) -> Iterator[tuple[str, str, int]]:
    """The scans of a plan: their kind, what they read, and how many rows that were."""
    if "Relation Name" in plan:
        read = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        yield plan["Node Type"], plan["Relation Name"], round(read * plan["Actual Loops"])
    for below in plan.get("Plans", ()):
        yield from scans(below)


async def _nothing() -> bytes:
    return b""


def a_call(role: str) -> Call:
    call = Call(Request("GET", "/", "", {}, "", _nothing))
    call.admit(Caller(USER, uuid.uuid4(), role))
    return call


STAFF, CUSTOMER, ADMIN = a_call("EMPLOYEE"), a_call("CUSTOMER"), a_call("ADMIN")
PAGE = {"limit": LIMIT}
DEEP = {
    "limit": LIMIT,
    "cursor": base64.urlsafe_b64encode(b'["2020-01-01 00:00:00+00", "%s"]' % str(USER).encode()).decode(),
}


def listed(read: Callable[..., Any], query: type[Model], call: Call = STAFF, **values: Any) -> Callable[[], Any]:
    return lambda: read(call, query.model_validate({**PAGE, **values}))


def own(read: Callable[..., Any], query: type[PageQuery] = PageQuery, **values: Any) -> Callable[[], Any]:
    return lambda: read(CUSTOMER, query.model_validate({**PAGE, **values}))


def of_user(read: Callable[..., Any]) -> Callable[[], Any]:
    return lambda: read(ADMIN, HistoryQuery.model_validate(PAGE), USER)


def all_with(read: Callable[..., Any], query: type[PageQuery], *filters: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    return {
        " ".join([read.__name__, *(f"{name}={value}"[:30] for name, value in values.items())]): listed(read, query, **values)
        for values in ({}, DEEP, *filters)
    }


LISTS: dict[str, Callable[[], Any]] = {
    **all_with(
        orders.all_orders,
        OrdersQuery,
        {"status": "PAID"},
        {"status": "DRAFT"},
        {"payment_status": "PAID"},
        {"payment_status": "UNPAID"},
        {"user_id": USER},
        {"created_from": "2020-01-01"},
        {"created_to": "2020-01-01"},
        {"q": "SEED-17654"},
        {"q": "c1765@example"},
        {"q": "customer"},
        {"q": "nobody at all"},
        {"q": "trip"},
        {"q": "زياره"},
    ),
    **all_with(
        payments.all_payments,
        PaymentQuery,
        {"status": "PAID"},
        {"status": "PENDING"},
        {"status": "UNPAID"},
        {"status": "CANCELLED"},
        {"order_id": ORDER},
        {"user_id": USER},
        {"in_review": True},
        {"in_review": False},
    ),
    **all_with(
        payments.webhook_logs,
        WebhookLogQuery,
        {"outcome": "processed"},
        {"outcome": "deferred"},
        {"invoice_id": "77"},
        {"payment_id": uuid.UUID("00000000-0000-0000-0002-000000000007")},
    ),
    **all_with(
        bookings.all_bookings,
        BookingsQuery,
        {"status": "COMPLETED"},
        {"status": "PENDING"},
        {"booking_type": "FLIGHT"},
        {"booking_source": "AGENT"},
        {"user_id": USER},
        {"starts_from": "2050-01-01"},
        {"starts_to": "2000-01-01"},
    ),
    **all_with(orders.approvals, ApprovalsQuery, {"status": "PENDING"}, {"status": "APPROVED"}, {"status": "REJECTED"}),
    **all_with(
        histories.withdrawal_requests,
        WithdrawalRequestsQuery,
        {"status": "PENDING"},
        {"status": "PROCESSED"},
        {"status": "APPROVED"},
        {"status": "REJECTED"},
    ),
    **all_with(histories.wallets_of_all, HistoryQuery),
    **all_with(histories.points_of_all, HistoryQuery),
    **all_with(histories.cashback_of_all, HistoryQuery),
    "wallet of a user": of_user(histories.wallet_of),
    "points of a user": of_user(histories.points_of),
    "cashback of a user": of_user(histories.cashback_of),
    **all_with(loyalty.waiting_cashback, WaitingQuery, {"status": "PENDING"}, {"user_id": USER}),
    **all_with(
        people.audit_log,
        AuditQuery,
        {"actor_id": USER},
        {"entity": "order"},
        {"entity": "user"},
        {"entity_id": ORDER},
        {"action": "change"},
        {"action": "close"},
        {"from": "2020-01-01"},
        {"to": "2020-01-01"},
    ),
    "one user": lambda: people.details(ADMIN.caller, USER),
    "whom a user looks after": lambda: people.assigned_customers(ADMIN.caller, USER),
    "sessions of a user": lambda: people.sessions_of(USER),
    "assigned users": listed(people.users, UsersQuery),
    **{
        f"users {values}": listed(people.users, UsersQuery, ADMIN, **values)
        for values in (
            {"search": "c1765@example"},
            {"search": "nobody at all"},
            {"search": "zz"},
            {"search": "SEED-9876"},
            {"role": "EMPLOYEE"},
            {"role": "ADMIN"},
            {"status": "SUSPENDED"},
            {"status": "DELETED"},
            {"status": "PENDING", "role": "CUSTOMER"},
            {"is_active": False},
        )
    },
    "my orders": own(orders.my_orders, MyOrdersQuery),
    "my payments": own(payments.my_payments, PaymentQuery),
    "my bookings": own(bookings.my_bookings, MyBookingsQuery),
    "my wallet": own(loyalty.wallet_transactions),
    "my points": own(loyalty.points_transactions),
    "my cashback": own(loyalty.cashback_records),
}


@pytest.mark.parametrize("values", [{}, {"role": "CUSTOMER"}, {"is_active": True}, {"status": "ACTIVE"}, {"offset": 100}])
def test_a_page_of_all_accounts_reads_what_it_shows_and_counts_each_row_once(
    explained: Explained, values: dict[str, Any]
) -> None:
    listed(people.users, UsersQuery, ADMIN, **values)()
    (plan,) = explained.plans
    rows = sum(rows for _, table, rows in scans(plan) if table == "users")
    # Each is counted; those that are left out are passed over, and those that are shown are looked up once more.
    assert rows <= USERS + int(values.get("offset", 0)) + 2 * LIMIT


@pytest.mark.parametrize("values", [{}, {"offset": 100}])
def test_a_page_of_all_wallets_reads_what_it_shows_and_counts_each_row_once(
    explained: Explained, values: dict[str, Any]
) -> None:
    listed(histories.wallets, WholeListQuery, ADMIN, **values)()
    (plan,) = explained.plans
    read: dict[str, int] = {}
    for _, table, rows in scans(plan):
        read[table] = read.get(table, 0) + rows
    most = int(values.get("offset", 0)) + 2 * LIMIT
    assert read.pop("wallets") <= USERS + most
    assert sum(read.values()) <= 2 * most


@pytest.mark.parametrize("name", LISTS)
def test_a_page_of_a_large_table_reads_what_it_shows_with_one_statement(explained: Explained, name: str) -> None:
    LISTS[name]()
    (plan,) = explained.plans
    read = list(scans(plan))
    most = MOST_ROWS + (MOST_COUNTED if "payments" in name else 0)
    assert sum(rows for _, _, rows in read) <= most, read
    # Where nearly every payment counts, no index finds the first thousand sooner than a scan that stops there.
    whole = [table for kind, table, rows in read if kind == "Seq Scan" and rows != payments.MOST_COUNTED]
    assert not explained.large_tables.intersection(whole), read
