"""What no order earned and no refund took back is planted, and the job names it, with what is wrong."""

import pytest

from lib.db import Transaction
from tests.support.planting import PLANTED_TRANSACTION, Planted, Rows, find_planted, posted, wrong

WRONG = (
    wrong(
        "the points of an order are not what its terms come to",
        "refunded_order",
        posted("EARN_POINTS", "POINTS_ISSUED", "POINTS", "50", "PTS", ":refunded_order"),
        """
        insert into points_lots (user_id, transaction_id, order_id, points, points_left, expires_at)
        select user_id, id, order_id, 50, 50, now() + interval '1 year' from ledger_transactions where key = 'planted'
        """,
    ),
    wrong(
        "the points of an order are not what its terms come to",
        "open_order",
        posted("EARN_POINTS", "POINTS_ISSUED", "POINTS", "342", "PTS", ":open_order"),
    ),
    wrong(
        "the points of an order are not what its terms come to",
        "paid_order",
        "delete from earning_terms where order_id = :paid_order",
        "update earning_terms set created_at = now() - interval '2 hours'",
        "insert into earning_terms select :open_order, user_id, 'EGP', 1, 1, 1, 1, now() - interval '2 hours'"
        " from earning_terms where order_id = :refunded_order",
    ),
    wrong(
        "the cashback of an order is not what its terms come to",
        "refunded_cashback",
        """
        update cashback_records set cashback_rate = 50, cashback_amount = 50, taken_back = 50 where id = :refunded_cashback
        """,
        "update refunds set cashback_taken_back = 50 where id = :refunded_refund",
    ),
    wrong(
        "the cashback of an order is not what its terms come to",
        "refunded_cashback",
        "update cashback_records set booking_amount = 200 where id = :refunded_cashback",
    ),
    wrong(
        "the cashback of an order is not what its terms come to",
        "refunded_order",
        "delete from cashback_records where id = :refunded_cashback",
    ),
    wrong(
        "the points taken back of an order are not the share that was refunded",
        "paid_order",
        posted("TAKE_BACK_POINTS", "POINTS", "POINTS_ISSUED", "5", "PTS", ":paid_order"),
    ),
    wrong(
        "the points taken back of an order are not the share that was refunded",
        "refunded_order",
        """
        update ledger_transactions set order_id = :open_order
        where key = 'refund:' || :refunded_refund || ':take-back-points'
        """,
    ),
    wrong(
        "the cashback taken back of an order is not the share that was refunded",
        "refunded_cashback",
        "update cashback_records set taken_back = 0.5, status = 'PENDING' where id = :refunded_cashback",
        "update refunds set cashback_taken_back = 0.5 where id = :refunded_refund",
    ),
    wrong(
        "the cashback taken back of an order is not the share that was refunded",
        "paid_cashback",
        "update refunds set cashback_taken_back = 0 where id = :paid_refund",
    ),
    wrong(
        "what a refund took back is not what was posted",
        "paid_refund",
        "update refunds set points_taken_back = points_taken_back - 1 where id = :paid_refund",
    ),
    wrong(
        "what a refund took back is not what was posted",
        PLANTED_TRANSACTION,
        posted("TAKE_BACK_CASHBACK", "CASHBACK", "CASHBACK_COST", "1", order=":refunded_order"),
    ),
    wrong(
        "points that wait are not what their orders have left",
        "customer",
        """
        insert into pending_points (order_id, user_id, points, multiplier, window_days, credit_due_at)
        values (:open_order, :customer, 5, 1, 14, now())
        """,
    ),
    wrong(
        "points of what was paid by hand did not wait",
        "late_order",
        "update ledger_verification set points_wait_since = now() - interval '2 hours'",
        "update payments set payment_type = 'MANUAL' where id = :late_payment",
    ),
    wrong(
        "points of what was paid by hand did not wait",
        "late_order",
        "update ledger_verification set points_wait_since = now() - interval '2 hours'",
        "insert into desk_movements (transaction_id, user_id, kind, amount, currency, created_by_user_id, created_at)"
        " values (:deposit, :customer, 'ADD_POINTS', 1, 'PTS', :customer, now() - interval '1 day')",
    ),
    wrong(
        "the postings of a lot of points that waited are not what it means",
        "open_order",
        """
        insert into pending_points (order_id, user_id, points, multiplier, window_days, credit_due_at, status)
        values (:open_order, :customer, 5, 1, 14, now(), 'CREDITED')
        """,
    ),
    wrong(
        "cashback was credited of a booking that was called off",
        "paid_cashback",
        "insert into booking_history (booking_id, status, at) values (:paid_booking, 'CANCELLED', now() - interval '1 day')",
    ),
)


@pytest.mark.parametrize("planted", WRONG, ids=[f"{number} {one.what}" for number, one in enumerate(WRONG, 1)])
def test_an_earning_that_was_planted_is_named(tx: Transaction, rows: Rows, planted: Planted) -> None:
    assert find_planted(tx, rows, planted)
