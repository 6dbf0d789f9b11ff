"""A wrong status of each kind is planted, and the job names its row, with what is wrong."""

import pytest

from lib.db import Transaction
from tests.support.planting import Planted, Rows, find_planted, wrong

ORDER = "the status of an order contradicts what the ledger says was paid"
PAYMENT = "the status of a payment contradicts what the ledger says of it"
BOOKING = "the status of a booking contradicts that of its order"


def status(table: str, row: str, to: str, what: str, also: str = "") -> Planted:
    return wrong(what, row, f"update {table} set status = '{to}'{also} where id = :{row}")  # noqa: S608 - a test's own


WRONG = (
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
    status("bookings", "open_booking", "CANCELLED", "a booking is called off, and its order could still be paid"),
    wrong(
        "a booking is called off, and its order could still be paid",
        "open_booking",
        "update bookings set status = 'REFUNDED' where id = :open_booking",
        "update payments set status = 'CANCELLED' where id = :open_payment",
    ),
    *(
        wrong(
            "an attempt is open for what can not be paid",
            "open_payment",
            f"update {change} where id = :open_{row}",
        )
        for change, row in (
            ("orders set status = 'CANCELLED'", "order"),
            ("orders set status = 'PAID', payment_status = 'PAID', amount_paid = total_amount", "order"),
            ("orders set status = 'DRAFT'", "order"),
            ("bookings set status = 'CANCELLED'", "booking"),
        )
    ),
    wrong(
        "a payment is of an order that was never issued",
        "expired_payment",
        "update orders set status = 'DRAFT' where id = :expired_order",
    ),
    wrong(
        "a hold is kept for what is over",
        "open_wallet_hold",
        "update bookings set status = 'CANCELLED' where id = :open_booking",
    ),
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


@pytest.mark.parametrize("planted", WRONG, ids=[f"{number} {one.what}" for number, one in enumerate(WRONG, 1)])
def test_a_status_that_was_planted_is_named(tx: Transaction, rows: Rows, planted: Planted) -> None:
    assert find_planted(tx, rows, planted)
