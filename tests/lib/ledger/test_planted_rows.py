"""A wrong entry, lot, hold, refund or cashback of each kind is planted, and the job names it, with what is wrong."""

from uuid import UUID

import pytest

from lib.db import Transaction
from tests.support.planting import PLANTED_TRANSACTION, Planted, Rows, find_planted, found_by_the_job, posted, wrong

REMOVED_ORDER = UUID(int=77)

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
    wrong("what staff moved by hand is not in the audit log", PLANTED_TRANSACTION, posted("DEPOSIT", "DESK", "WALLET", "3")),
    wrong(
        "what staff moved by hand is not in the audit log", PLANTED_TRANSACTION, posted("WITHDRAWAL", "WALLET", "DESK", "3")
    ),
    wrong(
        "what staff moved by hand is not in the audit log",
        PLANTED_TRANSACTION,
        posted("EARN_POINTS", "POINTS_ISSUED", "POINTS", "3", "PTS"),
    ),
    wrong(
        "what staff moved by hand is not in the audit log",
        "deposit",
        """
        update audit_log set after = after || '{"amount": "5"}' where (after ->> 'transaction_id')::uuid = :deposit
        """,
    ),
    wrong(
        "what staff moved by hand is not in the audit log",
        PLANTED_TRANSACTION,
        posted("EARN_POINTS", "POINTS_ISSUED", "POINTS", "3", "PTS", f"'{REMOVED_ORDER}'"),
    ),
    wrong(
        "a transaction moves what its kind does not",
        PLANTED_TRANSACTION,
        posted("REDEEM_POINTS", "REDEMPTIONS", "WALLET", "3"),
    ),
    wrong(
        "a transaction moves what its kind does not",
        PLANTED_TRANSACTION,
        posted("WITHDRAW_CASHBACK", "CASHBACK_COST", "WALLET", "3"),
    ),
    wrong(
        "a payment by hand is in no audit row",
        "paid_payment",
        """
        insert into audit_log (at, action, entity, entity_id)
        values (now() - interval '1 day', 'settle-manually', 'payment', gen_random_uuid())
        """,
        "update payments set payment_type = 'MANUAL' where id = :paid_payment",
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
    # It has been spent, and both lots add up: other points should have paid.
    wrong(
        "points were not taken from the lots that expire first",
        "late_taking",
        "update points_lots set points_left = points_left + 100 where user_id = :customer and points = 4500",
        "update points_lots set points_left = points_left - 100 where order_id = :paid_order",
        """
        update points_lot_uses set lot_id = (select id from points_lots where order_id = :paid_order)
        where transaction_id = :late_taking
        """,
    ),
    wrong(
        "points expired before their time",
        PLANTED_TRANSACTION,
        posted("EXPIRE_POINTS", "POINTS", "POINTS_EXPIRED", "10", "PTS"),
        """
        insert into points_lot_uses (transaction_id, lot_id, points)
        select t.id, l.id, 10 from ledger_transactions t join points_lots l on l.user_id = t.user_id and l.points = 4500
        where t.key = 'planted'
        """,
        "update points_lots set points_left = points_left - 10 where user_id = :customer and points = 4500",
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
        "points came back to a lot of something else",
        "select id from points_lots where user_id = :customer and points = 4500",
        """
        update points_lots set came_from = (select id from points_lots where order_id = :paid_order)
        where user_id = :customer and points = 4500
        """,
    ),
    wrong(
        "what was approved is not what was done",
        "select id from approvals where user_id = :customer",
        """
        insert into approvals (kind, user_id, amount, currency, request, asked_by_user_id, status, decided_by_user_id,
                               decided_at, result_id)
        values ('ADD_CASHBACK', :customer, 6, 'EGP', '{}', gen_random_uuid(), 'APPROVED', gen_random_uuid(), now(),
                :addition)
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
    wrong(
        "the postings of a movement by staff are not what it means",
        "addition",
        "update desk_movements set amount = amount + 1 where transaction_id = :addition",
    ),
    wrong(
        "the postings of a withdrawal are not what it means",
        "withdrawal",
        "update cashback_withdrawals set status = 'APPROVED', decided_by_user_id = user_id where id = :withdrawal",
    ),
    wrong(
        "what is held is not what orders and withdrawals hold",
        "customer",
        "update cashback_withdrawals set amount = amount + 1 where id = :withdrawal",
    ),
    wrong(
        "what staff moved by hand is not in the audit log",
        PLANTED_TRANSACTION,
        posted("ADD_CASHBACK", "CASHBACK_GIVEN", "CASHBACK", "3"),
    ),
    wrong("a transaction has no record", PLANTED_TRANSACTION, posted("APPROVE_WITHDRAWAL", "CASHBACK_HELD", "WALLET", "1")),
    wrong("a transaction has no record", PLANTED_TRANSACTION, posted("ADD_CASHBACK", "CASHBACK_GIVEN", "CASHBACK", "3")),
    wrong("a transaction has no record", PLANTED_TRANSACTION, posted("REFUND", "SALES", "WALLET", "3")),
    wrong("a transaction has no record", PLANTED_TRANSACTION, posted("LOSS", "LOSSES", "GATEWAY", "3")),
    wrong(
        "the postings of what was sent back too much are not what it means",
        "select id from gateway_refund_requests where gateway_id = 'planted'",
        """
        insert into gateway_refund_requests (gateway_id, kind, refundable_id, amount, state, state_text, excess, lost_at)
        select 'planted', 'INVOICE', gateway_invoice_id, 5, 'APPROVED', 'approved', 5, now()
        from payments where id = :paid_payment
        """,
    ),
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
)


def test_of_a_customer_of_whom_all_agrees_nothing_is_said(tx: Transaction, rows: Rows) -> None:
    assert found_by_the_job(tx, rows["customer"]) == ""


@pytest.mark.parametrize("planted", WRONG, ids=[f"{number} {one.what}" for number, one in enumerate(WRONG, 1)])
def test_a_row_that_was_planted_is_named(tx: Transaction, rows: Rows, planted: Planted) -> None:
    assert find_planted(tx, rows, planted)
