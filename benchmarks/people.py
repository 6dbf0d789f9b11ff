"""The customers and orders that both systems answer about, the same rows in both, and the tokens of their users."""

import uuid
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.schema import CreateSchema

from benchmarks.load import Request
from lib import db
from lib.db import Transaction
from lib.security import passwords, tokens

CUSTOMERS, ORDERS_EACH = 50, 20
PASSWORD = "Bench-Password-123"  # noqa: S105 - of users that exist only here

_USERS = """
    insert into users (id, email, username, password_hash, first_name, last_name, phone, role, language)
    select md5('bench-' || n)::uuid, 'customer' || n || '@bench.example', 'customer' || n, :password_hash, 'Mona', 'Ali',
           '01012345678', case when n = 0 then 'EMPLOYEE' else 'CUSTOMER' end, 'ar'
    from generate_series(0, :customers::integer) n
"""
_ORDERS = """
    insert into orders (id, order_number, user_id, created_by_user_id, order_type, status, payment_status, currency,
                        subtotal, discount_amount, tax_rate, tax_amount, total_amount, issued_at, created_at, updated_at)
    select md5('bench-order-' || n)::uuid, 'BENCH-' || n, md5('bench-' || n % :customers::integer + 1)::uuid,
           md5('bench-0')::uuid, 'MANUAL_INVOICE', 'ISSUED', 'UNPAID', 'EGP', 300, 0, 14, 42, 342, at, at, at
    from generate_series(:first::integer, :last::integer) n, lateral (select now() - make_interval(secs => n) as at) as of
"""
_ITEMS = """
    insert into order_items (order_id, position, description_ar, description_en, quantity, unit_price, total_price)
    select md5('bench-order-' || n)::uuid, i, 'فندق، ليلة ' || i, 'Hotel, night ' || i, 1, 100, 100
    from generate_series(:first::integer, :last::integer) n, generate_series(0, 2) i
"""
_INVOICES = """
    insert into invoices (order_id, invoice_number, verify_token, snapshot)
    select md5('bench-order-' || n)::uuid, 'BENCH-' || n, 'bench-' || n, '{}'
    from generate_series(:first::integer, :last::integer) n
"""
_COPIES = (
    """
    insert into peer.users (id, email, username, password_hash, first_name, last_name, phone, role, language,
                            email_verified, phone_verified, is_active, created_at, wallet_balance, cashback_balance,
                            points_balance, points_earned, membership_id_display)
    select id, email, username, :peer_hash, first_name, last_name, phone, role, language, email_verified, phone_verified,
           is_active, created_at, 0, 0, 0, 0, membership_id_display from users
    """,
    """
    insert into peer.orders (id, order_number, user_id, created_by_user_id, order_type, status, payment_status, currency,
                             subtotal, discount_amount, tax_rate, tax_amount, total_amount, amount_paid, amount_refunded,
                             amount_written_off, points_held, amount_held, is_free, issued_at, created_at, updated_at)
    select id, order_number, user_id, created_by_user_id, order_type, status, payment_status, currency, subtotal,
           discount_amount, tax_rate, tax_amount, total_amount, amount_paid, amount_refunded, amount_written_off, 0, 0,
           is_free, issued_at, created_at, updated_at from orders
    """,
    """
    insert into peer.order_items (id, order_id, position, description_ar, description_en, quantity, unit_price, total_price,
                                  currency)
    select id, order_id, position, description_ar, description_en, quantity, unit_price, total_price, 'EGP' from order_items
    """,
    """
    insert into peer.invoices (id, order_id, invoice_number, issued_at)
    select id, order_id, invoice_number, issued_at from invoices
    """,
)


@dataclass(frozen=True)
class User:
    """Someone with a token of ours and one of the peer's."""

    id: UUID
    ours: str
    peers: str


@db.in_transaction
def add_orders(tx: Transaction, first: int, last: int, customers: int) -> None:
    """Orders of three items, from the newest to the oldest, shared out among so many customers."""
    for statement in (_ORDERS, _ITEMS, _INVOICES):
        values = {"first": first, "last": last} | ({"customers": customers} if statement is _ORDERS else {})
        tx.run(statement, **values)


@db.in_transaction
def add_users(tx: Transaction, customers: int) -> None:
    """Customer 1 to the last, and number 0, who is staff."""
    tx.run(_USERS, customers=customers, password_hash=passwords.hashed(PASSWORD))


@db.in_transaction
def copy_to_peer(tx: Transaction) -> None:
    """Fill the peer's tables with the same rows."""
    from benchmarks.peer import database, security, tables  # noqa: PLC0415 - it reads PEER_DATABASE_URL when it is imported

    with database.engine.begin() as connection:
        connection.execute(CreateSchema(tables.SCHEMA))
        tables.Base.metadata.create_all(connection)
    database.engine.dispose()
    for statement in _COPIES:
        tx.run(statement, **({"peer_hash": security.hashed(PASSWORD)} if ":peer_hash" in statement else {}))


@db.in_transaction
def user(tx: Transaction, number: int) -> User:
    """The customer of this number with a session; 0 is staff."""
    from benchmarks.peer import security  # noqa: PLC0415 - the same

    user_id = tx.value(UUID, "select md5('bench-' || :number::integer)::uuid", number=number)
    session_id = uuid.uuid4()
    tx.run("insert into sessions (id, user_id) values (:id, :user_id)", id=session_id, user_id=user_id)
    return User(user_id, tokens.issue(tokens.Claims(user_id, session_id)), security.access_token(user_id))


def order_path(number: int) -> str:
    """The path of an order by its number."""
    order_id = db.read.value(UUID, "select md5('bench-order-' || :number::integer)::uuid", number=number)
    return f"/api/orders/{order_id}"


def login(number: int) -> Request:
    """The login of a customer."""
    body = f'{{"email": "customer{number}@bench.example", "password": "{PASSWORD}"}}'
    return Request("POST", "/api/auth/login", body=body)
