"""What the database itself refuses of ledger, lots and holds, whatever the code above it does."""

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from lib.db.session import sqlstate
from tests.support import database as statements

CHECK, UNIQUE, INTEGRITY = "23514", "23505", "23000"
CASHBACK_STATES = ("PENDING", "APPROVED", "CREDITED", "REJECTED", "CANCELLED")
CASHBACK_MOVES = {
    *(("PENDING", after) for after in ("APPROVED", "CREDITED", "REJECTED", "CANCELLED")),
    *(("APPROVED", after) for after in ("CREDITED", "REJECTED", "CANCELLED")),
}
OF_THE_CUSTOMER = ("WALLET", "WALLET_HELD", "CASHBACK", "CASHBACK_HELD", "UNAPPLIED")


@pytest.fixture
def tx(database: str) -> Iterator[Connection]:
    """A transaction that is never committed."""
    with statements.connected(database) as connection:
        connection.run("begin")
        yield connection
        connection.run("rollback")


@pytest.fixture
def user(tx: Connection) -> str:
    return a_user(tx)


def a_user(tx: Connection) -> str:
    rows = tx.run(
        "insert into users (email, password_hash, first_name, last_name) values (:email, '!', 'a', 'b') returning id::text",
        email=f"{uuid.uuid4()}@example.com",
    )
    return str(rows[0][0])


def an_order(tx: Connection, user: str) -> str:
    rows = tx.run(
        """
        insert into orders (order_number, user_id, created_by_user_id, order_type, currency, subtotal, discount_amount,
                            tax_rate, tax_amount, total_amount, amount_paid, status, payment_status, issued_at)
        values (gen_random_uuid(), :user::uuid, :user::uuid, 'OTHER', 'EGP', 100, 0, 0, 0, 100, 100, 'PAID', 'PAID', now())
        returning id::text
        """,
        user=user,
    )
    return str(rows[0][0])


def post(tx: Connection, user: str, *legs: tuple[str, str, str], key: str | None = None) -> str | None:
    """Post a transaction of these entries (account, amount, currency); its id."""
    rows = tx.run(
        """
        select post_transaction(:key, 'DEPOSIT', :user::uuid, null, null, null, null, 'x', 'x', null, :legs::jsonb)::text
        """,
        key=key or str(uuid.uuid4()),
        user=user,
        legs=json.dumps(
            [{"account": account, "amount": amount, "currency": currency} for account, amount, currency in legs]
        ),
    )
    return None if rows[0][0] is None else str(rows[0][0])


def deposit(tx: Connection, user: str, amount: str = "100", key: str | None = None) -> str | None:
    return post(tx, user, ("DESK", f"-{amount}", "EGP"), ("WALLET", amount, "EGP"), key=key)


def balance(tx: Connection, user: str, account: str = "WALLET") -> str:
    rows = tx.run(
        "select balance::numeric(18,2)::text from ledger_accounts where user_id = :user::uuid and kind = :account",
        user=user,
        account=account,
    )
    return str(rows[0][0]) if rows else "0.00"


def now_checked(tx: Connection, sql: str, **values: object) -> None:
    """Run a statement, and whatever was deferred with it."""
    tx.run(sql, **values)
    tx.run("set constraints all immediate")


def refused(tx: Connection, sql: str, **values: object) -> str:
    """The SQLSTATE with which the server refuses a statement, or what was deferred with it."""
    with pytest.raises(DatabaseError) as error:
        now_checked(tx, sql, **values)
    return sqlstate(error.value)


def posted_and_checked(tx: Connection, user: str, *legs: tuple[str, str, str]) -> None:
    post(tx, user, *legs)
    tx.run("set constraints all immediate")


def refused_posting(tx: Connection, user: str, *legs: tuple[str, str, str]) -> str:
    with pytest.raises(DatabaseError) as error:
        posted_and_checked(tx, user, *legs)
    return sqlstate(error.value)


def test_entries_that_sum_to_zero_move_their_accounts(tx: Connection, user: str) -> None:
    deposit(tx, user)
    tx.run("set constraints all immediate")
    assert (balance(tx, user), balance(tx, user, "DESK")) == ("100.00", "-100.00")


@pytest.mark.parametrize(
    "legs",
    [
        [("DESK", "-100", "EGP"), ("WALLET", "99.99", "EGP")],
        [("WALLET", "100", "EGP")],
        [("DESK", "-100", "EGP"), ("WALLET", "100", "USD")],
        [],
    ],
)
def test_a_transaction_must_sum_to_zero_in_each_currency(
    tx: Connection, user: str, legs: list[tuple[str, str, str]]
) -> None:
    assert refused_posting(tx, user, *legs) == CHECK


def test_an_entry_added_later_must_keep_its_transaction_at_zero(tx: Connection, user: str) -> None:
    posted = deposit(tx, user)
    tx.run("set constraints all immediate")
    add = """
        insert into ledger_entries (transaction_id, account_id, amount)
        select :posted::uuid, id, 1 from ledger_accounts where user_id = :user::uuid and kind = 'WALLET'
    """
    assert refused(tx, add, posted=posted, user=user) == CHECK


@pytest.mark.parametrize("account", OF_THE_CUSTOMER)
def test_nothing_of_a_customer_falls_below_zero(tx: Connection, user: str, account: str) -> None:
    post(tx, user, ("DESK", "-5", "EGP"), (account, "5", "EGP"))
    assert refused_posting(tx, user, ("DESK", "5.01", "EGP"), (account, "-5.01", "EGP")) == CHECK


@pytest.mark.parametrize("account", ["POINTS", "POINTS_HELD"])
def test_points_fall_no_lower_either_and_stay_whole(tx: Connection, user: str, account: str) -> None:
    tx.run("savepoint before")
    assert refused_posting(tx, user, ("POINTS_ISSUED", "1", "PTS"), (account, "-1", "PTS")) == CHECK
    tx.run("rollback to before")
    assert refused_posting(tx, user, ("POINTS_ISSUED", "-1.5", "PTS"), (account, "1.5", "PTS")) == CHECK


@pytest.mark.parametrize(
    ("legs"),
    [
        [("POINTS_ISSUED", "-1", "PTS"), ("POINTS_DEBT", "1", "PTS")],
        [("CASHBACK_COST", "-1", "EGP"), ("CASHBACK_DEBT", "1", "EGP")],
        [("DESK", "-1", "EGP"), ("POINTS", "1", "EGP")],
        [("POINTS_ISSUED", "-1", "PTS"), ("WALLET", "1", "PTS")],
        [("DESK", "-1", "egp"), ("WALLET", "1", "egp")],
        [("DESK", "-1", "EGP"), ("PIGGY_BANK", "1", "EGP")],
    ],
)
def test_no_debt_is_overpaid_and_no_account_keeps_what_is_not_its_own(
    tx: Connection, user: str, legs: list[tuple[str, str, str]]
) -> None:
    assert refused_posting(tx, user, *legs) == CHECK


def test_a_key_is_posted_once(tx: Connection, user: str) -> None:
    key = str(uuid.uuid4())
    assert deposit(tx, user, key=key) is not None
    assert deposit(tx, user, "50", key=key) is None
    assert balance(tx, user) == "100.00"


def test_two_who_post_one_key_at_once_post_it_once(database: str) -> None:
    key = str(uuid.uuid4())
    with statements.connected(database) as connection:
        user = a_user(connection)

    def work(_number: int) -> str | None:
        with statements.connected(database) as connection:
            return deposit(connection, user, key=key)

    with ThreadPoolExecutor(8) as pool:
        posted = list(pool.map(work, range(8)))
    (posted_id,) = [one for one in posted if one is not None]
    with statements.connected(database) as connection:
        assert balance(connection, user) == "100.00"
        # It stays, and what staff put into a wallet has its audit row.
        connection.run(
            """
            insert into audit_log (action, entity, entity_id, after)
            values ('deposit', 'wallet', :user::uuid, jsonb_build_object('transaction_id', :id::text, 'amount', 100))
            """,
            user=user,
            id=posted_id,
        )


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_transactions", "points_lot_uses"])
@pytest.mark.parametrize(
    "change", ["update {table} set {column} = {column}", "delete from {table}", "truncate {table} cascade"]
)
def test_what_was_posted_stays_as_it_was(tx: Connection, user: str, table: str, change: str) -> None:
    a_lot(tx, user)
    tx.run("set constraints all immediate")
    column = "points" if table == "points_lot_uses" else "created_at"
    assert refused(tx, change.format(table=table, column=column)) == INTEGRITY


@pytest.mark.parametrize(
    "change",
    [
        "update ledger_accounts set balance = balance + 1 where user_id = :user::uuid",
        "update ledger_accounts set entries = 0 where user_id = :user::uuid",
        "delete from ledger_accounts where user_id = :user::uuid",
        "insert into ledger_accounts (user_id, kind, currency, balance) values (:user::uuid, 'WALLET', 'USD', 1)",
        "update points_lots set points_left = points_left + 1 where user_id = :user::uuid",
        "update points_lots set points = points + 1 where user_id = :user::uuid",
        "delete from points_lots where user_id = :user::uuid",
    ],
)
def test_a_balance_moves_by_entries_and_a_lot_by_its_uses_alone(tx: Connection, user: str, change: str) -> None:
    a_lot(tx, user)
    assert refused(tx, change, user=user) == INTEGRITY


def a_lot(tx: Connection, user: str) -> str:
    """A lot of 100 points of which 40 are used."""
    posted = post(tx, user, ("POINTS_ISSUED", "-100", "PTS"), ("POINTS", "100", "PTS"))
    rows = tx.run(
        """
        insert into points_lots (user_id, transaction_id, points, points_left, expires_at)
        values (:user::uuid, :posted::uuid, 100, 100, now() + interval '1 day') returning id::text
        """,
        user=user,
        posted=posted,
    )
    lot = str(rows[0][0])
    use(tx, user, lot, 40)
    return lot


def use(tx: Connection, user: str, lot: str, points: int) -> None:
    posted = deposit(tx, user)
    tx.run(
        "insert into points_lot_uses (transaction_id, lot_id, points) values (:posted::uuid, :lot::uuid, :points)",
        posted=posted,
        lot=lot,
        points=points,
    )


@pytest.mark.parametrize("points", [61, -41])
def test_no_more_is_taken_from_a_lot_than_it_has_nor_given_back_than_was_taken(
    tx: Connection, user: str, points: int
) -> None:
    lot = a_lot(tx, user)
    with pytest.raises(DatabaseError) as error:
        use(tx, user, lot, points)
    assert sqlstate(error.value) == CHECK


def a_hold(tx: Connection, order: str, user: str, state: str = "HELD") -> str:
    payment = tx.run(
        """
        insert into payments (payment_number, order_id, user_id, payment_type, payment_method, amount, currency,
                              return_token, status)
        values (gen_random_uuid(), :order::uuid, :user::uuid, 'ORDER', 'CARD', 100, 'EGP', gen_random_uuid(), 'FAILED')
        returning id::text
        """,
        order=order,
        user=user,
    )[0][0]
    rows = tx.run(
        """
        insert into holds (order_id, payment_id, user_id, source, amount, state)
        values (:order::uuid, :payment::uuid, :user::uuid, 'WALLET', 10, :state) returning id::text
        """,
        order=order,
        payment=payment,
        user=user,
        state=state,
    )
    return str(rows[0][0])


@pytest.mark.parametrize("before", ["HELD", "SPENT", "RELEASED"])
@pytest.mark.parametrize("after", ["HELD", "SPENT", "RELEASED"])
def test_a_hold_ends_once(tx: Connection, user: str, before: str, after: str) -> None:
    hold = a_hold(tx, an_order(tx, user), user, before)
    move = "update holds set state = :after where id = :id::uuid"
    if before in ("HELD", after):
        tx.run(move, after=after, id=hold)
    else:
        assert refused(tx, move, after=after, id=hold) == CHECK


def test_an_order_holds_each_balance_once(tx: Connection, user: str) -> None:
    order = an_order(tx, user)
    for state in ("SPENT", "RELEASED", "HELD"):
        a_hold(tx, order, user, state)
    with pytest.raises(DatabaseError) as error:
        a_hold(tx, order, user)
    assert sqlstate(error.value) == UNIQUE


@pytest.mark.parametrize("before", CASHBACK_STATES)
@pytest.mark.parametrize("after", CASHBACK_STATES)
def test_a_cashback_moves_only_as_the_contract_has_it(tx: Connection, user: str, before: str, after: str) -> None:
    record = tx.run(
        """
        insert into cashback_records (user_id, order_id, reference_type, reference_id, booking_amount, cashback_rate,
                                      cashback_amount, currency, status, credit_due_at, credited_at, rejection_reason,
                                      description)
        values (:user::uuid, :order::uuid, 'ORDER', :order::uuid, 100, 1, 1, 'EGP', :status, now(),
                case :status when 'CREDITED' then now() end, case :status when 'REJECTED' then 'x' end, 'x')
        returning id::text
        """,
        user=user,
        order=an_order(tx, user),
        status=before,
    )[0][0]
    move = """
        update cashback_records set status = :status, credited_at = case :status when 'CREDITED' then now() end,
               rejection_reason = case :status when 'REJECTED' then 'x' end
        where id = :id::uuid
    """
    if before == after or (before, after) in CASHBACK_MOVES:
        tx.run(move, status=after, id=record)
    else:
        assert refused(tx, move, status=after, id=record) == CHECK


def test_no_more_goes_back_of_an_order_than_was_paid(tx: Connection, user: str) -> None:
    change = "update orders set amount_refunded = 100.01 where id = :id::uuid"
    assert refused(tx, change, id=an_order(tx, user)) == CHECK


def test_every_user_has_a_wallet(tx: Connection, user: str) -> None:
    assert tx.run("select count(*) from wallets where user_id = :user::uuid", user=user) == [[1]]
