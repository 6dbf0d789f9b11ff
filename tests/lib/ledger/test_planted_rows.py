"""One wrong row of each kind is planted, and the job names it, with what is wrong."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import pytest

from functions.jobs import verification
from lib import ledger
from lib.db import Transaction
from lib.holds.splitting import Split
from lib.loyalty.crediting import credit
from lib.loyalty.records import cashback_of_order
from lib.orders.locks import lock_order
from lib.payments.closing import close
from lib.refunds.refunding import RefundRequest, refund
from tests.support.scenes import ALL_THREE, a_booked_order, a_customer, a_settled_payment, an_actor, an_attempt, an_order

REMOVED_ORDER = UUID(int=77)

# The customer's rows by name; statements below use them as parameters.
_ROWS = """
    select o.id as order_id, p.id as payment_id, b.id as booking_id, r.id as refund_id, c.id as cashback_id,
           (select h.id from holds h where h.order_id = o.id and h.source = 'POINTS') as points_hold_id,
           (select h.id from holds h where h.order_id = o.id and h.source = 'WALLET') as wallet_hold_id,
           (select f.id from refund_parts f where f.refund_id = r.id and f.source = 'WALLET') as part_id,
           (select t.id from holds h join ledger_transactions t on t.key = 'hold:' || h.id || ':hold'
            where h.order_id = o.id and h.source = 'POINTS') as taking_id,
           (select t.id from holds h join ledger_transactions t on t.key = 'hold:' || h.id || ':release'
            where h.order_id = o.id and h.source = 'POINTS') as returning_id
    from orders o join payments p on p.order_id = o.id left join bookings b on b.order_id = o.id
    left join refunds r on r.order_id = o.id left join cashback_records c on c.order_id = o.id
    where o.id = :id
"""
_NAMES = ("order", "payment", "booking", "refund", "cashback", "points_hold", "wallet_hold", "part", "taking", "returning")

Rows = dict[str, UUID]


@pytest.fixture
def rows(tx: Transaction) -> Rows:
    """Ids by name: `paid` is partly refunded, `refunded` is so wholly, `open` is about to be paid, `expired` was not."""
    customer = a_customer(wallet="500", cashback="30", points=4500)
    actor = an_actor()
    orders = {"paid": a_booked_order(customer), "refunded": a_booked_order(customer, "100")}
    a_settled_payment(orders["paid"], ALL_THREE)
    wallet, cashback = ledger.lock_wallet(tx, customer), cashback_of_order(tx, orders["paid"])
    assert cashback is not None
    credit(tx, wallet, cashback)
    refund(orders["paid"].id, actor, RefundRequest(reason="ill", destination="wallet", amount=Decimal(170)))
    a_settled_payment(orders["refunded"])
    refund(orders["refunded"].id, actor, RefundRequest(reason="ill", destination="wallet"))
    for name in ("open", "expired"):
        orders[name] = an_order(customer)
        attempt = an_attempt(orders[name], Split(points=100, points_value=Decimal(1), wallet=Decimal(10)))
    close(tx, attempt.id, "EXPIRED", None)
    named = {"customer": customer}
    for order_name, order in orders.items():
        (row,) = tx.run(_ROWS, id=lock_order(tx, order.id).id)
        named |= {f"{order_name}_{name}": value for name, value in zip(_NAMES, row, strict=True) if value is not None}
    return named


def plant(tx: Transaction, rows: Rows, *statements: str) -> None:
    """Change rows behind the database's back; only what is posted keeps the balances of its accounts."""
    for sql in statements:
        tx.run(f"set local session_replication_role = {'origin' if 'post_transaction' in sql else 'replica'}")
        tx.run(sql, **{name: row_id for name, row_id in rows.items() if f":{name}" in sql})
    tx.run("set local session_replication_role = origin")


def found_by_the_job(tx: Transaction, customer: UUID) -> str:
    """What the job says is wrong of this customer and those after them, a line for each row."""
    tx.run("update ledger_verification set after_user_id = :before", before=UUID(int=customer.int - 1))
    found = verification.verify_ledger()["disagreements"]
    assert isinstance(found, list)
    return "\n".join(found)


def posted(kind: str, source: str, destination: str, amount: str, currency: str = "EGP", order: str = "null") -> str:
    """A transaction that agrees with itself, and that nothing has caused."""
    legs = f"""[{{"account": "{source}", "currency": "{currency}", "amount": "-{amount}"}},
                 {{"account": "{destination}", "currency": "{currency}", "amount": "{amount}"}}]"""
    return f"""
        select post_transaction('planted', '{kind}', :customer, null, null, {order}, null, 'x', 'x', null, '{legs}')
    """


@dataclass(frozen=True)
class Planted:
    """What the job is to say of a row (by name, or the id that this select finds) after these statements."""

    what: str
    row: str
    statements: tuple[str, ...]


def wrong(what: str, row: str, *statements: str) -> Planted:
    return Planted(what, row, statements)


def status(table: str, row: str, to: str, what: str, also: str = "") -> Planted:
    return wrong(what, row, f"update {table} set status = '{to}'{also} where id = :{row}")  # noqa: S608 - a test's own


ORDER = "the status of an order contradicts what the ledger says was paid"
PAYMENT = "the status of a payment contradicts what the ledger says of it"
BOOKING = "the status of a booking contradicts that of its order"
PLANTED_TRANSACTION = "select id from ledger_transactions where key = 'planted'"

WRONG = (
    wrong("a customer has no wallet", "customer", "delete from wallets where user_id = :customer"),
    wrong(
        "a debt is not paid though it could be",
        "customer",
        posted("TAKE_BACK_CASHBACK", "CASHBACK_DEBT", "CASHBACK_COST", "3"),
    ),
    wrong(
        "the history of points does not add up",
        "customer",
        "update ledger_accounts set balance = balance + 1 where user_id = :customer and kind = 'POINTS_REDEEMED'",
    ),
    wrong(
        "an entry of a wallet goes the other way than its kind",
        PLANTED_TRANSACTION,
        posted("WITHDRAWAL", "DESK", "WALLET", "3"),
    ),
    wrong(
        "the points of a transaction are not those of its lots",
        "paid_taking",
        "update points_lot_uses set points = points + 1 where transaction_id = :paid_taking",
        "update points_lot_uses set points = points - 1 where transaction_id = :open_taking",
    ),
    wrong(
        "the points of a hold did not come back to their lots",
        "expired_points_hold",
        "update points_lots set points_left = points_left + 100 where order_id = :paid_order",
        "update points_lots set points_left = points_left - 100 where user_id = :customer and points = 4500",
        """
        update points_lot_uses set lot_id = (select id from points_lots where order_id = :paid_order)
        where transaction_id = :expired_returning
        """,
    ),
    wrong(
        "the postings of a payment are not what it means",
        "paid_payment",
        "update payments set payment_type = 'MANUAL' where id = :paid_payment",
    ),
    wrong(
        "the postings of a hold are not what it means",
        "paid_points_hold",
        "update holds set points = points + 1 where id = :paid_points_hold",
    ),
    wrong(
        "the postings of a part of a refund are not what it means",
        "paid_part",
        "update refund_parts set amount = amount - 1 where id = :paid_part",
        "update refund_parts set amount = amount + 1 where refund_id = :paid_refund and source = 'GATEWAY'",
    ),
    wrong(
        "the postings of a part of a refund are not what it means",
        "paid_part",
        "update refund_parts set payment_id = payment_id, hold_id = null, source = 'GATEWAY', destination = 'MANUAL'"
        " where id = :paid_part",
    ),
    wrong(
        "the postings of a cashback are not what it means",
        "paid_cashback",
        "update cashback_records set cashback_amount = cashback_amount + 1 where id = :paid_cashback",
    ),
    wrong("a transaction has no record", PLANTED_TRANSACTION, posted("REFUND", "SALES", "WALLET", "3")),
    wrong(
        "a transaction has no record",
        PLANTED_TRANSACTION,
        posted("HOLD", "WALLET", "WALLET_HELD", "3", order=":open_order"),
    ),
    wrong(
        "a deleted order holds something",
        f"select '{REMOVED_ORDER}'::uuid",
        posted("HOLD", "WALLET", "WALLET_HELD", "3", order=f"'{REMOVED_ORDER}'"),
    ),
    wrong(
        "a refund is not the sum of its parts",
        "paid_refund",
        "update refund_parts set amount = amount - 1 where id = :paid_part",
    ),
    wrong(
        "credit notes are not what was refunded of an order",
        "paid_order",
        "delete from credit_notes where refund_id = :paid_refund",
    ),
    wrong(
        "credit notes are not what was refunded of an order",
        "paid_order",
        """
        update credit_notes set snapshot = snapshot || '{"amount": 1}' where refund_id = :paid_refund
        """,
    ),
    status("orders", "paid_order", "REFUNDED", ORDER, ", payment_status = 'REFUNDED'"),
    status("orders", "paid_order", "CANCELLED", ORDER, ", payment_status = 'PARTIALLY_PAID'"),
    status("orders", "paid_order", "PAID", ORDER, ", payment_status = 'REFUNDED'"),
    status("orders", "refunded_order", "PAID", ORDER, ", payment_status = 'PAID'"),
    status("orders", "refunded_order", "ISSUED", ORDER, ", payment_status = 'PARTIALLY_PAID'"),
    status("orders", "open_order", "ISSUED", ORDER, ", payment_status = 'PARTIALLY_PAID'"),
    status("orders", "open_order", "PAID", ORDER, ", payment_status = 'PAID', amount_paid = total_amount"),
    status("payments", "paid_payment", "PAID", PAYMENT),
    status("payments", "paid_payment", "REFUNDED", PAYMENT),
    status("payments", "paid_payment", "FAILED", PAYMENT),
    status("payments", "refunded_payment", "PARTIALLY_REFUNDED", PAYMENT),
    status("payments", "open_payment", "PAID", PAYMENT),
    status("payments", "expired_payment", "REFUNDED", PAYMENT),
    status("bookings", "paid_booking", "REFUNDED", BOOKING),
    status("bookings", "paid_booking", "PENDING", BOOKING),
    status("bookings", "refunded_booking", "CONFIRMED", BOOKING),
    status("bookings", "paid_booking", "NO_SHOW", "the status of a booking is not the last of its history"),
    status("bookings", "paid_booking", "CANCELLED", "a booking is called off, and its order is still paid"),
    status(
        "refunds",
        "paid_refund",
        "REJECTED",
        "a refund was not posted as it was decided",
        ", message = 'no', completed_at = null",
    ),
    wrong(
        "a hold is kept for what is over",
        "open_wallet_hold",
        "update payments set status = 'EXPIRED' where id = :open_payment",
    ),
    wrong(
        "a hold is kept for what is over",
        "open_wallet_hold",
        "update orders set status = 'CANCELLED' where id = :open_order",
    ),
    wrong(
        "a hold is kept for what is over",
        "open_points_hold",
        "update holds set payment_id = null where id = :open_points_hold",
    ),
    wrong(
        "a spent hold paid nothing",
        "paid_wallet_hold",
        "update holds set payment_id = :open_payment where id = :paid_wallet_hold",
    ),
)


def test_of_a_customer_of_whom_all_agrees_nothing_is_said(tx: Transaction, rows: Rows) -> None:
    assert found_by_the_job(tx, rows["customer"]) == ""


@pytest.mark.parametrize("planted", WRONG, ids=[f"{number} {one.what}" for number, one in enumerate(WRONG, 1)])
def test_a_row_that_was_planted_is_named(tx: Transaction, rows: Rows, planted: Planted) -> None:
    plant(tx, rows, *planted.statements)
    row_id = rows.get(planted.row) or row_of(tx, rows, planted.row)
    assert f"{planted.what}: {row_id} should be " in found_by_the_job(tx, rows["customer"])


def row_of(tx: Transaction, rows: Rows, sql: str) -> UUID:
    return tx.value(UUID, sql, **{name: row_id for name, row_id in rows.items() if f":{name}" in sql})
