"""Wrong rows: planted behind the database's back, and looked for by the job that verifies the ledger."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from functions.jobs import verification
from functions.loyalty import withdrawals
from lib import ledger
from lib.db import Transaction
from lib.holds.splitting import Split
from lib.loyalty import adding
from lib.loyalty.adding import Change
from lib.loyalty.crediting import credit
from lib.loyalty.records import cashback_of_order
from lib.orders.locks import lock_order
from lib.payments.closing import close
from lib.refunds.refunding import RefundRequest, refund
from tests.support.scenes import ALL_THREE, a_booked_order, a_customer, a_settled_payment, an_actor, an_attempt, an_order

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

# Finds the transaction that `posted` makes.
PLANTED_TRANSACTION = "select id from ledger_transactions where key = 'planted'"


def make_rows(tx: Transaction) -> Rows:
    """Ids by name: `paid` is partly refunded, `refunded` is so wholly, `open` is about to be paid, `expired` was not.

    `late` is paid with points that were earned by then.
    """
    customer = a_customer(wallet="500", cashback="30", points=4500)
    # These are taken before all that orders earn.
    tx.run("update points_lots set expires_at = now() + interval '30 days' where user_id = :id", id=customer)
    actor = an_actor()
    orders = {"paid": a_booked_order(customer), "refunded": a_booked_order(customer, "100")}
    a_settled_payment(orders["paid"], ALL_THREE)
    wallet, cashback = ledger.lock_wallet(tx, customer), cashback_of_order(tx, orders["paid"])
    assert cashback is not None
    credit(tx, wallet, cashback)
    refund(orders["paid"].id, actor, RefundRequest(reason="ill", destination="wallet", amount=Decimal(170)))
    a_settled_payment(orders["refunded"])
    refund(orders["refunded"].id, actor, RefundRequest(reason="ill", destination="wallet"))
    for name, make in (("open", a_booked_order), ("expired", an_order)):
        orders[name] = make(customer)
        attempt = an_attempt(orders[name], Split(points=100, points_value=Decimal(1), wallet=Decimal(10)))
    close(tx, attempt.id, "EXPIRED", None)
    deposit = "select id from ledger_transactions where user_id = :id and kind = 'DEPOSIT' order by created_at limit 1"
    orders["late"] = an_order(customer)
    a_settled_payment(orders["late"], Split(points=100, points_value=Decimal(1)))
    named = {"customer": customer, "deposit": tx.value(UUID, deposit, id=customer)}
    added = Change(user_id=customer, reason="Sorry for the wait")
    named["addition"] = adding.add_cashback(tx, actor, added, Decimal(7))
    named["withdrawal"] = withdrawals.request_withdrawal(customer, Decimal(2))
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
    """These statements make a row wrong."""
    return Planted(what, row, statements)


def find_planted(tx: Transaction, rows: Rows, planted: Planted) -> bool:
    """Plant a wrong row; whether the job names it, with what is wrong."""
    plant(tx, rows, *planted.statements)
    row_id = rows.get(planted.row) or _row_of(tx, rows, planted.row)
    return f"{planted.what}: {row_id} should be " in found_by_the_job(tx, rows["customer"])


def _row_of(tx: Transaction, rows: Rows, sql: str) -> UUID:
    return tx.value(UUID, sql, **{name: row_id for name, row_id in rows.items() if f":{name}" in sql})
