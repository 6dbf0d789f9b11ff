"""What the database refuses by itself, whatever the code above it does."""

import uuid
from collections.abc import Iterator

import pytest
from pg8000.exceptions import DatabaseError
from pg8000.native import Connection

from lib.db.session import sqlstate
from tests.support import database as statements

CHECK, UNIQUE, INTEGRITY = "23514", "23505", "23000"
ORDER_STATES = ("DRAFT", "ISSUED", "PAID", "CANCELLED", "REFUNDED")
ORDER_MOVES = {
    ("DRAFT", "ISSUED"),
    ("DRAFT", "CANCELLED"),
    ("ISSUED", "PAID"),
    ("ISSUED", "CANCELLED"),
    ("PAID", "REFUNDED"),
}
PAYMENT_STATES = ("PENDING", "PAID", "FAILED", "CANCELLED", "EXPIRED", "REFUNDED", "PARTIALLY_REFUNDED")
PAYMENT_MOVES = {
    *(("PENDING", end) for end in ("PAID", "FAILED", "EXPIRED", "CANCELLED")),
    *((late, "PAID") for late in ("FAILED", "EXPIRED", "CANCELLED")),
    ("PAID", "PARTIALLY_REFUNDED"),
    ("PAID", "REFUNDED"),
    ("PARTIALLY_REFUNDED", "REFUNDED"),
}
REFUND_STATES = ("PENDING", "COMPLETED", "REJECTED", "NEEDS_REVIEW")
REFUND_MOVES = {
    *(("PENDING", after) for after in ("COMPLETED", "REJECTED", "NEEDS_REVIEW")),
    *(("NEEDS_REVIEW", after) for after in ("PENDING", "COMPLETED", "REJECTED")),
}
BOOKING_STATES = ("PENDING", "CONFIRMED", "CANCELLED", "COMPLETED", "REFUNDED", "NO_SHOW")
BOOKING_MOVES = {
    ("PENDING", "CONFIRMED"),
    ("PENDING", "CANCELLED"),
    *(("CONFIRMED", after) for after in ("COMPLETED", "CANCELLED", "NO_SHOW")),
    ("CANCELLED", "REFUNDED"),
}
PAYMENT_STATUS = {"PAID": "PAID", "REFUNDED": "REFUNDED"}


@pytest.fixture
def tx(database: str) -> Iterator[Connection]:
    """A transaction that is never committed."""
    with statements.connected(database) as connection:
        connection.run("begin")
        yield connection
        connection.run("rollback")


@pytest.fixture
def user(tx: Connection) -> str:
    rows = tx.run(
        "insert into users (email, password_hash, first_name, last_name) values (:email, '!', 'a', 'b') returning id::text",
        email=f"{uuid.uuid4()}@example.com",
    )
    return str(rows[0][0])


def an_order(tx: Connection, user: str, status: str = "ISSUED") -> str:
    rows = tx.run(
        """
        insert into orders (order_number, user_id, created_by_user_id, order_type, currency, subtotal, discount_amount,
                            tax_rate, tax_amount, total_amount, amount_paid, status, payment_status, issued_at)
        values (:number, :user::uuid, :user::uuid, 'OTHER', 'EGP', 100, 0, 0, 0, 100,
                case when :status in ('PAID', 'REFUNDED') then 100 else 0 end, :status, :payment_status, now())
        returning id::text
        """,
        number=str(uuid.uuid4()),
        user=user,
        status=status,
        payment_status=PAYMENT_STATUS.get(status, "UNPAID"),
    )
    return str(rows[0][0])


def a_payment(tx: Connection, user: str, order: str, status: str = "PENDING") -> str:
    rows = tx.run(
        """
        insert into payments (payment_number, order_id, user_id, payment_type, payment_method, amount, currency,
                              return_token, status)
        values (:number, :order::uuid, :user::uuid, 'ORDER', 'CARD', 100, 'EGP', :number, :status) returning id::text
        """,
        number=str(uuid.uuid4()),
        order=order,
        user=user,
        status=status,
    )
    return str(rows[0][0])


def a_booking(tx: Connection, user: str, status: str = "PENDING") -> str:
    rows = tx.run(
        """
        insert into bookings (booking_number, order_id, user_id, created_by_user_id, booking_type, booking_source, status,
                              title_en, guest_count, guest_names, booking_details)
        values (:number, :order::uuid, :user::uuid, :user::uuid, 'HOTEL', 'ADMIN', :status, 'Luxor', 1, '[]', '{}')
        returning id::text
        """,
        number=str(uuid.uuid4()),
        order=an_order(tx, user),
        user=user,
        status=status,
    )
    booking = str(rows[0][0])
    tx.run("insert into booking_history (booking_id, status) values (:id::uuid, :status)", id=booking, status=status)
    return booking


def a_refund(tx: Connection, user: str, order: str, status: str = "PENDING") -> str:
    rows = tx.run(
        """
        insert into refunds (refund_number, order_id, user_id, amount, currency, reason, destination, status, message,
                             created_by_user_id, completed_at)
        values (:number, :order::uuid, :user::uuid, 10, 'EGP', 'x', 'wallet', :status, 'x', :user::uuid,
                case when :status = 'COMPLETED' then now() end)
        returning id::text
        """,
        number=str(uuid.uuid4()),
        order=order,
        user=user,
        status=status,
    )
    return str(rows[0][0])


def a_credit_note(tx: Connection, user: str) -> None:
    order = an_order(tx, user, "PAID")
    tx.run(
        """
        with invoice as (
            insert into invoices (order_id, invoice_number, verify_token, snapshot)
            values (:order::uuid, :order, :order, '{}') returning id
        )
        insert into credit_notes (refund_id, order_id, invoice_id, credit_note_number, snapshot)
        select :refund::uuid, :order::uuid, id, :order, '{}' from invoice
        """,
        order=order,
        refund=a_refund(tx, user, order, "COMPLETED"),
    )


def a_log_row(tx: Connection, table: str, user: str) -> None:
    order = an_order(tx, user)
    tx.run(
        {
            "audit_log": "insert into audit_log (action, entity, entity_id) values ('x', 'x', gen_random_uuid())",
            "invoices": """
                insert into invoices (order_id, invoice_number, verify_token, snapshot)
                select id, order_number, order_number, '{}' from orders where id = :id::uuid
            """,
            "webhook_events": "insert into webhook_events (digest, hash_held) values ('x', false)",
            "webhook_outcomes": """
                insert into webhook_outcomes (event_id, event_received_at, outcome, detail)
                values (gen_random_uuid(), now(), 'ignored', 'x')
            """,
        }[table],
        **({"id": order} if table == "invoices" else {}),
    )


def refused(tx: Connection, sql: str, **values: object) -> str:
    """The SQLSTATE with which the server refuses a statement."""
    with pytest.raises(DatabaseError) as error:
        tx.run(sql, **values)
    return sqlstate(error.value)


@pytest.mark.parametrize("table", ["audit_log", "invoices", "webhook_events", "webhook_outcomes"])
@pytest.mark.parametrize(
    "change", ["update {table} set id = gen_random_uuid()", "delete from {table}", "truncate {table} cascade"]
)
def test_what_was_written_down_stays_as_it_was(tx: Connection, user: str, table: str, change: str) -> None:
    a_log_row(tx, table, user)

    assert refused(tx, change.format(table=table)) == INTEGRITY


@pytest.mark.parametrize("table", ["webhook_events_2026", "webhook_outcomes_2040", "webhook_events_other"])
def test_neither_can_one_partition_be_emptied(tx: Connection, table: str) -> None:
    assert refused(tx, f"truncate {table}") == INTEGRITY


@pytest.mark.parametrize("table", ["webhook_events", "webhook_outcomes"])
def test_a_year_s_log_goes_by_dropping_its_partition(tx: Connection, table: str) -> None:
    tx.run(f"alter table {table} detach partition {table}_2030")
    tx.run(f"drop table {table}_2030")


@pytest.mark.parametrize("before", ORDER_STATES)
@pytest.mark.parametrize("after", ORDER_STATES)
def test_an_order_moves_only_as_the_contract_has_it(tx: Connection, user: str, before: str, after: str) -> None:
    order = an_order(tx, user, before)
    move = """
        update orders set status = :status, payment_status = :payment_status,
               amount_paid = case when :status in ('PAID', 'REFUNDED') then 100 else 0 end where id = :id::uuid
    """
    values = {"status": after, "payment_status": PAYMENT_STATUS.get(after, "UNPAID"), "id": order}

    if before == after or (before, after) in ORDER_MOVES:
        tx.run(move, **values)
    else:
        assert refused(tx, move, **values) == CHECK


@pytest.mark.parametrize("before", PAYMENT_STATES)
@pytest.mark.parametrize("after", PAYMENT_STATES)
def test_a_payment_moves_only_as_the_contract_has_it(tx: Connection, user: str, before: str, after: str) -> None:
    payment = a_payment(tx, user, an_order(tx, user), before)
    move = "update payments set status = :status where id = :id::uuid"

    if before == after or (before, after) in PAYMENT_MOVES:
        tx.run(move, status=after, id=payment)
    else:
        assert refused(tx, move, status=after, id=payment) == CHECK


@pytest.mark.parametrize("amount", ["9", "8", "7", None])
def test_a_refunded_payment_can_be_refunded_again_only_if_more_has_arrived(
    tx: Connection, user: str, amount: str | None
) -> None:
    payment = a_payment(tx, user, an_order(tx, user), "REFUNDED")
    tx.run("update payments set received_amount = 8, received_currency = 'EGP' where id = :id::uuid", id=payment)
    move = "update payments set status = 'PARTIALLY_REFUNDED', received_amount = :amount where id = :id::uuid"
    if amount == "9":
        tx.run(move, amount=amount, id=payment)
    else:
        assert refused(tx, move, amount=amount, id=payment) == CHECK


@pytest.mark.parametrize("before", REFUND_STATES)
@pytest.mark.parametrize("after", REFUND_STATES)
def test_a_refund_moves_only_as_the_contract_has_it(tx: Connection, user: str, before: str, after: str) -> None:
    refund = a_refund(tx, user, an_order(tx, user, "PAID"), before)
    move = """
        update refunds set status = :status, completed_at = case when :status = 'COMPLETED' then now() end
        where id = :id::uuid
    """

    if before == after or (before, after) in REFUND_MOVES:
        tx.run(move, status=after, id=refund)
    else:
        assert refused(tx, move, status=after, id=refund) == CHECK


def test_one_refund_of_an_order_is_under_way_at_a_time(tx: Connection, user: str) -> None:
    order = an_order(tx, user, "PAID")
    for status in ("COMPLETED", "REJECTED", "NEEDS_REVIEW"):
        a_refund(tx, user, order, status)

    with pytest.raises(DatabaseError) as error:
        a_refund(tx, user, order)
    assert sqlstate(error.value) == UNIQUE


@pytest.mark.parametrize(
    "change", ["update credit_notes set credit_note_number = 'x'", "delete from credit_notes", "truncate credit_notes"]
)
def test_a_credit_note_stays_as_it_was_issued(tx: Connection, user: str, change: str) -> None:
    a_credit_note(tx, user)

    assert refused(tx, change) == INTEGRITY


@pytest.mark.parametrize(
    "wrong",
    [
        "'GATEWAY', 'POINTS', 1, 0, null, null",
        "'MANUAL', 'GATEWAY', 1, 0, null, now()",
        "'GATEWAY', 'GATEWAY', 1, 0, null, null",
        "'GATEWAY', 'WALLET', 1, 0, null, now()",
        "'GATEWAY', 'WALLET', 0, 0, null, null",
        "'GATEWAY', 'WALLET', 1, 1, null, null",
        "'WALLET', 'WALLET', 1, 0, null, null",
    ],
)
def test_a_part_of_a_refund_goes_where_its_source_can_go(tx: Connection, user: str, wrong: str) -> None:
    order = an_order(tx, user, "PAID")
    insert = f"""
        insert into refund_parts (refund_id, payment_id, source, destination, amount, points, hold_id, claimed_at)
        values (:refund::uuid, :payment::uuid, {wrong})
    """  # noqa: S608 - the table above

    assert refused(tx, insert, refund=a_refund(tx, user, order), payment=a_payment(tx, user, order, "PAID")) == CHECK


@pytest.mark.parametrize("before", BOOKING_STATES)
@pytest.mark.parametrize("after", BOOKING_STATES)
def test_a_booking_moves_only_as_the_contract_has_it(tx: Connection, user: str, before: str, after: str) -> None:
    booking = a_booking(tx, user, before)
    move = "update bookings set status = :status where id = :id::uuid"

    if before == after or (before, after) in BOOKING_MOVES:
        tx.run(move, status=after, id=booking)
    else:
        assert refused(tx, move, status=after, id=booking) == CHECK


@pytest.mark.parametrize(
    "change", ["update booking_history set reason = 'x'", "delete from booking_history", "truncate booking_history"]
)
def test_a_booking_s_history_stays_as_it_was_written(tx: Connection, user: str, change: str) -> None:
    a_booking(tx, user)

    assert refused(tx, change) == INTEGRITY


def test_a_booking_s_history_goes_with_its_booking(tx: Connection, user: str) -> None:
    booking = a_booking(tx, user)
    tx.run("delete from bookings where id = :id::uuid", id=booking)

    assert tx.run("select count(*) from booking_history where booking_id = :id::uuid", id=booking) == [[0]]


@pytest.mark.parametrize(
    "wrong",
    [
        "start_date = '2026-02-02', end_date = '2026-02-01'",
        "title_en = '', title_ar = null",
        "guest_count = 0",
        "guest_names = '{}'",
        "booking_details = '[]'",
        "booking_type = 'BOAT'",
    ],
)
def test_a_booking_s_fields_must_make_sense(tx: Connection, user: str, wrong: str) -> None:
    booking = a_booking(tx, user)

    change = f"update bookings set {wrong} where id = :id::uuid"  # noqa: S608 - the table above
    assert refused(tx, change, id=booking) == CHECK


def test_one_attempt_is_open_for_an_order_at_a_time(tx: Connection, user: str) -> None:
    order = an_order(tx, user)
    for status in ("FAILED", "EXPIRED", "CANCELLED", "PENDING"):
        a_payment(tx, user, order, status)

    with pytest.raises(DatabaseError) as error:
        a_payment(tx, user, order)
    assert sqlstate(error.value) == UNIQUE


@pytest.mark.parametrize(
    "wrong",
    [
        "amount_paid = 100.001",
        "amount_paid = -1",
        "total_amount = 99",
        "discount_amount = 101, total_amount = -1",
        "tax_rate = 101",
        "currency = 'egp'",
        "is_free = true",
        "payment_status = 'PAID'",
        "issued_at = null",
    ],
)
def test_an_order_s_sums_and_states_must_fit_together(tx: Connection, user: str, wrong: str) -> None:
    order = an_order(tx, user)

    change = f"update orders set {wrong} where id = :id::uuid"  # noqa: S608 - the table above
    assert refused(tx, change, id=order) == CHECK


def test_an_e_mail_address_is_taken_in_whatever_case(tx: Connection, user: str) -> None:
    assert user
    email = tx.run("select upper(email) from users where id = :id::uuid", id=user)[0][0]
    insert = "insert into users (email, password_hash, first_name, last_name) values (:email, '!', 'a', 'b')"

    assert refused(tx, insert, email=email) == UNIQUE


def test_numbers_have_no_gaps_when_a_transaction_is_rolled_back(tx: Connection) -> None:
    tx.run("savepoint before")
    lost = tx.run("select take_number('TST')")[0][0]
    tx.run("rollback to before")

    assert tx.run("select take_number('TST')")[0][0] == lost
    following = tx.run("select take_number('TST')")[0][0]
    assert int(following.rpartition("-")[2]) == int(lost.rpartition("-")[2]) + 1


def test_every_foreign_key_has_an_index_that_begins_with_it(tx: Connection) -> None:
    bare = tx.run(
        """
        select con.conrelid::regclass::text, con.conname from pg_constraint con
        where con.contype = 'f' and con.connamespace = 'public'::regnamespace and not exists (
            select from pg_index i
            where i.indrelid = con.conrelid and i.indisvalid
              and (i.indkey::smallint[])[0:cardinality(con.conkey) - 1] = con.conkey
              and (i.indpred is null or cardinality(con.conkey) = 1 and pg_get_expr(i.indpred, i.indrelid) = format(
                  '(%I IS NOT NULL)', (select attname from pg_attribute
                                       where attrelid = con.conrelid and attnum = con.conkey[1]))))
        """
    )

    assert bare == []
