"""Money for orders in other currencies than EGP, of which the gateway tells what it comes to in EGP and nothing else."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from lib.db import Transaction
from lib.errors import Invalid
from lib.fawaterk.models import GatewayInvoice, GatewayTransaction, Received
from lib.orders.locks import LockedOrder
from lib.outcomes import Outcome
from lib.payments import rates, records
from lib.payments.closing import close
from lib.payments.locks import LockedPayment
from lib.payments.settling import settle
from lib.reviews.resolving import resolve
from tests.support.scenes import (
    a_customer,
    an_actor,
    an_attempt,
    an_order,
    disagreements_of,
    ledger_of,
    order_now,
    payment_now,
    shown_by_gateway,
)


@pytest.fixture
def order(customer: UUID) -> LockedOrder:
    """An order of 4.50 USD, which came to 240.435 EGP once."""
    return an_order(customer, "4.50", currency="USD")


def opened(tx: Transaction, order: LockedOrder, expected: str | None = "240.435", currency: str = "EGP") -> LockedPayment:
    """An attempt, with the total that the gateway told while nothing was paid."""
    payment = an_attempt(order)
    if expected is not None:
        records.write_expected(tx, payment.id, Received(Decimal(expected), currency))
    return payment_now(payment.id)


def shows(
    payment: LockedPayment, total: str | None, currency: str | None = "EGP", *rows: GatewayTransaction, paid: bool = True
) -> GatewayInvoice:
    """The payment's invoice with this total."""
    shown = shown_by_gateway(payment, paid=paid)
    return replace(shown, total=None if total is None else Decimal(total), currency=currency, transactions=[*rows])


def a_row(amount: str, currency: str, status: str = "success", *, marked: bool = False) -> GatewayTransaction:
    return GatewayTransaction(amount=Decimal(amount), currency=currency, paid_with_it=marked, status=status, reference=None)


@pytest.mark.parametrize("total", ["240.435", "245.2437", "235.63", "240.44"])
def test_a_converted_total_near_the_one_told_at_opening_pays_the_order_in_its_own_currency(
    tx: Transaction, customer: UUID, order: LockedOrder, total: str
) -> None:
    payment = opened(tx, order)
    assert settle(tx, payment.id, shows(payment, total)) == Outcome("processed", "settled", payment.id)
    settled, paid = payment_now(payment.id), order_now(order)
    assert (settled.received_amount, settled.received_currency, settled.applied_amount) == (
        Decimal("4.50"),
        "USD",
        Decimal("4.50"),
    )
    assert (settled.gateway_total, settled.gateway_currency) == (Decimal(total), "EGP")
    assert (paid.status, paid.amount_paid, settled.review_reason) == ("PAID", Decimal("4.50"), None)
    assert ledger_of(customer)["SALES", "USD"] == Decimal("4.50")
    assert not [place for place in ledger_of(customer) if place[1] == "EGP" and place[0] in ("SALES", "EXCHANGE", "GATEWAY")]
    assert disagreements_of(customer) == []


@pytest.mark.parametrize(
    ("total", "currency", "reason"),
    [
        ("312.57", "EGP", "CURRENCY_DIFFERS"),  # 30 % more
        ("168.31", "EGP", "CURRENCY_DIFFERS"),  # 30 % less
        ("4.50", "EGP", "CURRENCY_DIFFERS"),  # misread
        ("4.49", "USD", "AMOUNT_DIFFERS"),
        ("240.435", "USD", "AMOUNT_DIFFERS"),
        ("4.50", "KWD", "CURRENCY_DIFFERS"),
        (None, None, "AMOUNT_UNREADABLE"),
    ],
)
def test_another_total_waits_for_a_person_with_the_figures(
    tx: Transaction, order: LockedOrder, total: str | None, currency: str | None, reason: str
) -> None:
    payment = opened(tx, order)
    assert settle(tx, payment.id, shows(payment, total, currency)) == Outcome("review", reason, payment.id)
    waits = payment_now(payment.id)
    assert (waits.gateway_total, waits.gateway_currency) == (None if total is None else Decimal(total), currency)
    assert order_now(order) == order


def test_an_amount_that_the_gateway_took_for_pounds_from_the_start_is_not_the_price(tx: Transaction, customer: UUID) -> None:
    order = an_order(customer, "100", currency="USD")
    payment = opened(tx, order, "100")
    assert settle(tx, payment.id, shows(payment, "100")) == Outcome("review", "CURRENCY_DIFFERS", payment.id)


@pytest.mark.parametrize("rows", [[a_row("4.50", "USD")], [a_row("4.50", "USD", "-", marked=True)]])
def test_a_successful_row_of_the_whole_price_pays_whatever_the_rate(
    tx: Transaction, order: LockedOrder, rows: list[GatewayTransaction]
) -> None:
    payment = opened(tx, order, None)
    assert settle(tx, payment.id, shows(payment, "999.999", "EGP", *rows)).status == "processed"
    assert payment_now(payment.id).gateway_total == Decimal("999.999")


@pytest.mark.parametrize(
    "rows", [[a_row("4.50", "USD", "failed")], [a_row("4.49", "USD")], [a_row("2", "USD", marked=True)]]
)
def test_no_other_row_does(tx: Transaction, order: LockedOrder, rows: list[GatewayTransaction]) -> None:
    payment = opened(tx, order, None)
    assert settle(tx, payment.id, shows(payment, "240.435", "EGP", *rows)).status == "review"


def test_a_part_that_arrived_of_a_converted_total_waits_for_a_person(tx: Transaction, order: LockedOrder) -> None:
    payment = opened(tx, order)
    part = a_row("100", "EGP", "paid", marked=True)
    assert settle(tx, payment.id, shows(payment, "240.435", "EGP", part)).status == "review"


def test_a_read_in_the_order_s_own_currency_pays_it(tx: Transaction, order: LockedOrder) -> None:
    payment = opened(tx, order)
    assert settle(tx, payment.id, shows(payment, "4.5", "USD")).status == "processed"


def test_without_a_known_rate_a_person_decides_until_staff_set_one(tx: Transaction, order: LockedOrder) -> None:
    payment = opened(tx, order, None)
    assert settle(tx, payment.id, shows(payment, "240.435")) == Outcome("review", "CURRENCY_DIFFERS", payment.id)
    rates.set_rate(an_actor(), "USD", Decimal("53.00"))
    assert settle(tx, payment.id, shows(payment, "240.435")).status == "processed"
    assert payment_now(payment.id).resolution == "SETTLED"


def test_a_rate_that_is_a_week_old_does_not_count_and_the_newest_one_does(tx: Transaction, order: LockedOrder) -> None:
    payment = opened(tx, order, None)
    tx.run(
        """
        insert into gateway_rates (currency, rate, set_by_user_id, created_at)
        values ('USD', 53.43, :user, now() - interval '8 days')
        """,
        user=order.user_id,
    )
    assert rates.current_rate(tx, "USD") is None
    rates.set_rate(an_actor(), "USD", Decimal(70))
    assert settle(tx, payment.id, shows(payment, "240.435")).status == "review"


def test_a_rate_moved_by_a_third_is_whole_by_the_rate_that_staff_set_after_it(tx: Transaction, order: LockedOrder) -> None:
    payment = opened(tx, order)
    rates.set_rate(an_actor(), "USD", Decimal("69.5"))
    assert settle(tx, payment.id, shows(payment, "312.57")).status == "processed"


def test_a_look_while_nothing_is_paid_tells_the_total_that_was_missing(tx: Transaction, order: LockedOrder) -> None:
    payment = opened(tx, order, None)
    assert settle(tx, payment.id, shows(payment, "240.435", paid=False)).status == "ignored"
    assert settle(tx, payment.id, shows(payment, "500", paid=False)).status == "ignored"
    assert payment_now(payment.id).expected_total == Decimal("240.435")
    assert settle(tx, payment.id, shows(payment, "240.435")).status == "processed"


def test_two_attempts_are_compared_each_with_its_own_rate(tx: Transaction, order: LockedOrder) -> None:
    late = opened(tx, order, "240.435")
    close(tx, late.id, "CANCELLED", "replaced")
    newer = opened(tx, order, "312.57")
    assert settle(tx, late.id, shows(late, "240.435")).status == "processed"
    assert (order_now(order).status, payment_now(newer.id).status) == ("PAID", "CANCELLED")
    assert settle(tx, newer.id, shows(newer, "312.57")) == Outcome("review", "SECOND_PAYMENT", newer.id)


def test_three_decimals_of_a_dinar_are_compared_and_kept(tx: Transaction, customer: UUID) -> None:
    order = an_order(customer, "10.005", currency="KWD")
    payment = opened(tx, order, "1560.780")
    assert settle(tx, payment.id, shows(payment, "1560.7801")).status == "processed"
    settled = payment_now(payment.id)
    assert (settled.received_amount, settled.gateway_total) == (Decimal("10.005"), Decimal("1560.7801"))


def test_a_commission_told_at_opening_belongs_to_the_total_and_not_to_the_order(tx: Transaction, customer: UUID) -> None:
    order = an_order(customer, "100")
    payment = opened(tx, order, "102.50")
    assert settle(tx, payment.id, shows(payment, "102.50")).status == "processed"
    assert (payment_now(payment.id).received_amount, order_now(order).amount_paid) == (Decimal(100), Decimal(100))


def test_a_total_below_the_price_is_not_the_price_though_it_was_told_at_opening(tx: Transaction, customer: UUID) -> None:
    payment = opened(tx, an_order(customer, "100"), "95")
    assert settle(tx, payment.id, shows(payment, "95")) == Outcome("review", "AMOUNT_DIFFERS", payment.id)


@pytest.mark.parametrize(("action", "status"), [("settle", "PAID"), ("refund", "PAID"), ("reject", "FAILED")])
def test_a_person_decides_with_the_figures_in_the_order_s_currency(
    tx: Transaction, customer: UUID, order: LockedOrder, action: str, status: str
) -> None:
    payment = opened(tx, order, None)
    settle(tx, payment.id, shows(payment, "240.435"))
    if action == "settle":
        with pytest.raises(Invalid, match="is needed"):
            resolve(payment.id, an_actor(), "settle", "seen", None)
    resolve(payment.id, an_actor(), action, "the bank shows it", Decimal("4.50"))  # type: ignore[arg-type]
    decided = payment_now(payment.id)
    assert (decided.status, decided.gateway_total) == (status, Decimal("240.435"))
    if action != "reject":
        assert (decided.received_amount, decided.received_currency) == (Decimal("4.50"), "USD")
    assert settle(tx, payment.id, shows(payment, "240.435")).status == "already_processed"
    assert disagreements_of(customer) == []


def test_what_a_person_rejected_is_not_settled_by_a_rate_that_is_set_later(tx: Transaction, order: LockedOrder) -> None:
    payment = opened(tx, order, None)
    settle(tx, payment.id, shows(payment, "240.435"))
    resolve(payment.id, an_actor(), "reject", "not ours", None)
    rates.set_rate(an_actor(), "USD", Decimal("53.43"))
    assert settle(tx, payment.id, shows(payment, "240.435")).status == "already_processed"


def test_a_refund_has_the_currency_and_the_rate_at_which_the_gateway_took_it(tx: Transaction, order: LockedOrder) -> None:
    payment = opened(tx, order)
    settle(tx, payment.id, shows(payment, "240.435"))
    (terms,) = tx.column(dict, "select gateway_refund_terms(p, 2) from payments p where id = :id", id=payment.id)
    assert (terms["currency"], str(terms["rate"]), str(terms["amount"])) == ("EGP", "53.43", "106.86")


def test_earning_counts_the_order_s_own_currency(tx: Transaction) -> None:
    customer = a_customer()
    tx.run("insert into exchange_rates (currency, rate) values ('USD', 2) on conflict (currency) do update set rate = 2")
    payment = opened(tx, an_order(customer, "100", currency="USD"), "5343")
    settle(tx, payment.id, shows(payment, "5343"))
    assert ledger_of(customer)["POINTS", "PTS"] == Decimal(200)
