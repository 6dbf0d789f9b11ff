"""Money that arrived: it counts for its order once, or it waits for a person."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from lib.db import Transaction
from lib.errors import NotFound
from lib.fawaterk.models import GatewayInvoice, Received
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder
from lib.outcomes import Outcome
from lib.payments import records
from lib.payments.closing import cancel_order, close
from lib.payments.comparing import find_doubt
from lib.payments.locks import LockedPayment
from lib.payments.settling import Receipt, accept, record_unapplied, settle
from lib.reviews.resolving import resolve
from tests.support.balances import Balances, balances, give
from tests.support.scenes import (
    ALL_THREE,
    a_booked_order,
    a_decided_payment,
    a_settled_payment,
    an_actor,
    an_attempt,
    an_order,
    booking_status,
    call_off,
    disagreements_of,
    flagged,
    ledger_of,
    order_now,
    payment_now,
    shown_by_gateway,
)

ASKED = LockedPayment(
    id=UUID(int=1),
    payment_number="PAY-2026-000001",
    payment_type="ORDER",
    status="PENDING",
    currency="EGP",
    gateway_invoice_id="1",
    received_amount=None,
    received_currency=None,
    expected_total=None,
    expected_currency=None,
    gateway_total=None,
    gateway_currency=None,
    review_reason=None,
    resolution=None,
    points_to_use=0,
    amount=Decimal("342.00"),
    applied_amount=Decimal(0),
    points_value=Decimal(0),
    cashback_to_use=Decimal(0),
    wallet_to_use=Decimal(0),
)


def showing(total: Received | None) -> GatewayInvoice:
    """A paid invoice with this total and no transactions."""
    amount, currency = (total.amount, total.currency) if total else (None, None)
    return replace(shown_by_gateway(ASKED), total=amount, currency=currency, transactions=[])


@pytest.mark.parametrize(
    ("received", "doubt"),
    [
        (None, "AMOUNT_UNREADABLE"),
        (Received(Decimal(0), "EGP"), "AMOUNT_UNREADABLE"),
        (Received(Decimal("-342.00"), "EGP"), "AMOUNT_UNREADABLE"),
        (Received(Decimal(100000000000), "EGP"), "AMOUNT_UNREADABLE"),
        (Received(Decimal("342.00"), "XXX"), "AMOUNT_UNREADABLE"),
        (Received(Decimal("342.00"), "USD"), "CURRENCY_DIFFERS"),
        (Received(Decimal("341.99"), "EGP"), "AMOUNT_DIFFERS"),
        (Received(Decimal("342.01"), "EGP"), "AMOUNT_DIFFERS"),
        (Received(Decimal("342.001"), "EGP"), "AMOUNT_DIFFERS"),
        (Received(Decimal(342), "EGP"), None),
        (Received(Decimal("342.000"), "EGP"), None),
    ],
)
def test_money_that_is_not_just_what_was_asked_for_is_in_doubt(received: Received | None, doubt: str | None) -> None:
    assert find_doubt(ASKED, showing(received)) == doubt


def test_a_fraction_is_compared_by_the_decimals_of_its_currency() -> None:
    asked = replace(ASKED, amount=Decimal("10.005"), currency="KWD")
    assert find_doubt(asked, showing(Received(Decimal("10.005"), "KWD"))) is None
    assert find_doubt(asked, showing(Received(Decimal("10.01"), "KWD"))) == "AMOUNT_DIFFERS"


def told(tx: Transaction, payment: LockedPayment, amount: str | None = None) -> Outcome:
    """What it comes to that the gateway shows a payment as paid."""
    return settle(tx, payment.id, shown_by_gateway(payment, amount))


def test_a_payment_that_nobody_knows_is_not_found(tx: Transaction) -> None:
    with pytest.raises(NotFound):
        settle(tx, UUID(int=0), shown_by_gateway(ASKED))


def test_an_invoice_that_is_not_paid_moves_nothing_and_tells_what_is_to_be_paid(tx: Transaction, order: LockedOrder) -> None:
    payment = an_attempt(order)
    assert settle(tx, payment.id, shown_by_gateway(payment, paid=False)).status == "ignored"
    told = replace(payment, expected_total=payment.amount, expected_currency="EGP")
    assert (payment_now(payment.id), order_now(order)) == (told, order)


@pytest.mark.parametrize(
    ("amount", "currency", "reason", "kept"),
    [
        ("341.99", "EGP", "AMOUNT_DIFFERS", (Decimal("341.99"), "EGP")),
        ("342", "USD", "CURRENCY_DIFFERS", (Decimal(342), "USD")),
        ("342", "XXX", "AMOUNT_UNREADABLE", (None, None)),
    ],
)
def test_money_in_doubt_waits_for_a_person_with_what_can_be_told_of_it(
    tx: Transaction, order: LockedOrder, amount: str, currency: str, reason: str, kept: object
) -> None:
    payment = an_attempt(order)
    assert settle(tx, payment.id, shown_by_gateway(payment, amount, currency)) == Outcome("review", reason, payment.id)
    waits = payment_now(payment.id)
    assert (waits.status, waits.in_review, waits.review_reason) == ("PENDING", True, reason)
    assert (waits.received_amount, waits.received_currency) == kept
    assert order_now(order) == order


@pytest.mark.parametrize("amount", ["342.009", "342.005", "342.004", "341.991", "341.995"])
def test_a_remainder_below_the_smallest_unit_is_left_nowhere(
    tx: Transaction, customer: UUID, order: LockedOrder, amount: str
) -> None:
    payment = an_attempt(order)
    assert told(tx, payment, amount) == Outcome("review", "AMOUNT_DIFFERS", payment.id)
    resolve(payment.id, an_actor(), "settle", "a fraction", None)
    assert (order_now(order).status, payment_now(payment.id).received_amount) == ("PAID", Decimal(342))
    assert ledger_of(customer).get(("UNAPPLIED", "EGP"), Decimal(0)) == 0
    assert disagreements_of(customer) == []


def test_a_remainder_of_a_currency_without_decimals_is_left_nowhere(tx: Transaction, customer: UUID) -> None:
    order = an_order(customer, "1000", currency="JPY")
    payment = an_attempt(order)
    told(tx, payment, "1000.5")
    resolve(payment.id, an_actor(), "settle", "a fraction", None)
    assert (order_now(order).status, payment_now(payment.id).received_amount) == ("PAID", Decimal(1000))
    assert ledger_of(customer).get(("UNAPPLIED", "JPY"), Decimal(0)) == 0


def test_money_in_doubt_is_told_of_once(tx: Transaction, order: LockedOrder) -> None:
    payment = an_attempt(order)
    told(tx, payment, "100")
    waits = payment_now(payment.id)
    assert told(tx, payment, "100").status == "already_processed"
    assert payment_now(payment.id) == waits


def test_a_review_ends_by_itself_when_the_gateway_comes_to_show_the_whole_amount(
    tx: Transaction, customer: UUID, order: LockedOrder
) -> None:
    payment = an_attempt(order)
    told(tx, payment, "100")
    assert told(tx, payment, "120") == Outcome("review", "AMOUNT_DIFFERS", payment.id)
    assert payment_now(payment.id).received_amount == Decimal(120)
    assert told(tx, payment) == Outcome("processed", "settled", payment.id)
    settled = payment_now(payment.id)
    assert (settled.status, settled.in_review, settled.resolution) == ("PAID", False, "SETTLED")
    assert (order_now(order).status, settled.applied_amount) == ("PAID", Decimal(342))
    traces = tx.run("select actor_id, before ->> 'received_amount' from audit_log where entity_id = :id", id=payment.id)
    assert [list(trace) for trace in traces] == [[None, "120.000"]]
    assert disagreements_of(customer) == []


def test_a_payment_that_was_rejected_settles_when_the_whole_amount_comes_after_all(
    tx: Transaction, order: LockedOrder
) -> None:
    payment = an_attempt(order)
    told(tx, payment, "100")
    resolve(payment.id, an_actor(), "reject", "short", None)
    assert told(tx, payment).status == "processed"
    assert (payment_now(payment.id).status, payment_now(payment.id).resolution) == ("PAID", "SETTLED")


def test_a_decision_about_one_currency_is_none_about_the_same_figure_in_another(tx: Transaction, order: LockedOrder) -> None:
    payment = an_attempt(order)
    settle(tx, payment.id, shown_by_gateway(payment, "7", "USD"))
    resolve(payment.id, an_actor(), "reject", "dollars", None)
    assert settle(tx, payment.id, shown_by_gateway(payment, "7", "SAR")) == Outcome("review", "CURRENCY_DIFFERS", payment.id)


def test_a_split_larger_than_what_is_left_is_spent_as_far_as_there_is_room_and_is_no_shortage(
    tx: Transaction, customer: UUID, order: LockedOrder
) -> None:
    late = an_attempt(order, ALL_THREE)
    close(tx, late.id, "EXPIRED", None)
    a_decided_payment(order, "100", "EGP", "settle")
    assert told(tx, late) == Outcome("processed", "settled", late.id)
    assert (order_now(order).status, payment_now(late.id).review_reason) == ("PAID", None)
    assert balances(str(customer)) == Balances(wallet="100.00", points=342)
    assert disagreements_of(customer) == []


def test_a_doubt_that_a_person_has_decided_is_no_news_but_another_one_is(tx: Transaction, order: LockedOrder) -> None:
    payment = an_attempt(order)
    told(tx, payment, "100")
    records.resolve(tx, payment_now(payment.id).id, "REJECTED", "seen", by_user_id=None)
    assert told(tx, payment, "100") == Outcome("already_processed", "a person has decided about it: REJECTED", payment.id)
    assert told(tx, payment, "120") == Outcome("review", "AMOUNT_DIFFERS", payment.id)


def test_the_whole_price_settles_the_order(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    payment = an_attempt(order)
    assert told(tx, payment) == Outcome("processed", "settled", payment.id)
    settled, paid = payment_now(payment.id), order_now(order)
    assert (settled.status, settled.applied_amount, settled.received_amount) == ("PAID", Decimal(342), Decimal(342))
    assert (paid.status, paid.payment_status, paid.remaining) == ("PAID", "PAID", Decimal(0))
    assert balances(str(customer)).points == 4000 + 342
    assert disagreements_of(customer) == []


def test_the_same_news_twice_does_nothing_the_second_time(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    payment = an_attempt(order, ALL_THREE)
    told(tx, payment)
    stood = payment_now(payment.id), order_now(order), balances(str(customer))
    assert told(tx, payment) == Outcome("already_processed", "the payment is PAID", payment.id)
    assert (payment_now(payment.id), order_now(order), balances(str(customer))) == stood


def test_what_an_attempt_holds_is_spent_with_its_money(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    payment = an_attempt(order, ALL_THREE)
    assert payment.amount == Decimal(182)
    assert told(tx, payment).status == "processed"
    assert order_now(order).status == "PAID"
    assert balances(str(customer)) == Balances(points=342)
    assert disagreements_of(customer) == []


def test_a_booking_is_confirmed_by_the_payment_of_its_order(tx: Transaction, customer: UUID) -> None:
    order = a_booked_order(customer)
    told(tx, an_attempt(order))
    assert booking_status(order) == "CONFIRMED"


def test_a_part_of_the_price_leaves_the_rest_to_be_paid(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    payment = an_attempt(order)
    outcome = accept(tx, order, payment, Receipt(received=Received(Decimal(100), "EGP"), counted=Decimal(100)))
    partly = order_now(order)
    assert outcome.status == "processed"
    assert (partly.status, partly.payment_status, partly.remaining) == ("ISSUED", "PARTIALLY_PAID", Decimal(242))
    # Nothing is earned before all of it is paid.
    assert balances(str(customer)).points == 4000


def test_money_in_another_currency_counts_for_what_a_person_says(
    tx: Transaction, customer: UUID, order: LockedOrder
) -> None:
    payment = an_attempt(order)
    accept(tx, order, payment, Receipt(received=Received(Decimal(7), "USD"), counted=Decimal(342)))
    settled, moved = payment_now(payment.id), ledger_of(customer)
    assert (settled.received_amount, settled.received_currency, settled.applied_amount) == (Decimal(7), "USD", Decimal(342))
    assert order_now(order).status == "PAID"
    assert (moved["GATEWAY", "USD"], moved["EXCHANGE", "USD"]) == (Decimal(-7), Decimal(7))
    assert (moved["EXCHANGE", "EGP"], moved["SALES", "EGP"]) == (Decimal(-342), Decimal(342))
    assert ("UNAPPLIED", "USD") not in moved


def test_a_second_payment_is_kept_for_a_person(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    first = an_attempt(order)
    close(tx, first.id, "EXPIRED", None)
    second = an_attempt(order)
    told(tx, second)
    assert told(tx, first) == Outcome("review", "SECOND_PAYMENT", first.id)
    kept = payment_now(first.id)
    assert (kept.status, kept.received_amount, kept.applied_amount) == ("PAID", Decimal(342), Decimal(0))
    assert order_now(order).amount_paid == Decimal(342)
    assert ledger_of(customer)["UNAPPLIED", "EGP"] == Decimal(342)
    assert disagreements_of(customer) == []


def test_money_for_a_cancelled_order_is_kept_for_a_person(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    payment = an_attempt(order, ALL_THREE)
    cancel_order(tx, order, "staff cancelled it")
    assert told(tx, payment) == Outcome("review", "ORDER_CANCELLED", payment.id)
    assert order_now(order).status == "CANCELLED"
    assert balances(str(customer)) == Balances(wallet="100.00", cashback="20.00", points=4000)
    assert disagreements_of(customer) == []


def test_money_for_a_booking_that_was_called_off_is_kept_for_a_person(tx: Transaction, customer: UUID) -> None:
    order = a_booked_order(customer)
    payment = an_attempt(order)
    call_off(order)
    assert told(tx, payment) == Outcome("review", "ORDER_CANCELLED", payment.id)
    assert (order_now(order).status, booking_status(order)) == ("ISSUED", "CANCELLED")


def test_a_second_payment_releases_what_its_own_attempt_holds(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    payment = an_attempt(order, Split(wallet=Decimal(100)))
    accept(tx, order, payment, Receipt(received=Received(Decimal(400), "EGP"), counted=Decimal(400)))
    assert payment_now(payment.id).review_reason == "SECOND_PAYMENT"
    assert balances(str(customer)).wallet == "100.00"
    assert disagreements_of(customer) == []


def test_late_money_settles_the_order_and_closes_the_attempt_that_is_open(
    tx: Transaction, customer: UUID, order: LockedOrder
) -> None:
    late = an_attempt(order)
    close(tx, late.id, "EXPIRED", None)
    still_open = an_attempt(order, Split(wallet=Decimal(100)))
    assert told(tx, late) == Outcome("processed", "settled", late.id)
    assert (payment_now(late.id).status, payment_now(still_open.id).status) == ("PAID", "CANCELLED")
    assert order_now(order).status == "PAID"
    assert balances(str(customer)) == Balances(wallet="100.00", cashback="20.00", points=4342)
    assert disagreements_of(customer) == []


def test_late_money_takes_what_its_attempt_held_once_more(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    late = an_attempt(order, ALL_THREE)
    close(tx, late.id, "EXPIRED", None)
    assert told(tx, late).status == "processed"
    assert order_now(order).status == "PAID"
    assert balances(str(customer)) == Balances(points=342)
    assert disagreements_of(customer) == []


def test_late_money_whose_balances_are_gone_pays_its_part_and_waits_for_a_person(
    tx: Transaction, customer: UUID, order: LockedOrder
) -> None:
    late = an_attempt(order, ALL_THREE)
    close(tx, late.id, "EXPIRED", None)
    spent_elsewhere = an_order(customer, "100")
    a_settled_payment(spent_elsewhere, Split(wallet=Decimal("99.99")))
    before = balances(str(customer))
    assert told(tx, late) == Outcome("review", "BALANCE_SHORT", late.id)
    partly = order_now(order)
    assert (partly.status, partly.amount_paid) == ("ISSUED", Decimal(182))
    assert balances(str(customer)) == before
    assert told(tx, late).status == "already_processed"
    assert disagreements_of(customer) == []


def test_late_money_lets_a_newer_attempt_go_that_asks_for_more_than_is_left(
    tx: Transaction, customer: UUID, order: LockedOrder
) -> None:
    late = an_attempt(order, Split(wallet=Decimal(100)))
    close(tx, late.id, "FAILED", "declined")
    newer = an_attempt(order, Split(wallet=Decimal(50)))
    assert told(tx, late).status == "processed"
    assert payment_now(newer.id).status == "CANCELLED"
    assert order_now(order).status == "PAID"
    assert balances(str(customer)).wallet == "0.00"
    assert disagreements_of(customer) == []


def test_an_attempt_that_a_person_looks_at_stays_open_when_other_money_settles_its_order(
    tx: Transaction, order: LockedOrder
) -> None:
    late = an_attempt(order)
    close(tx, late.id, "EXPIRED", None)
    in_review = an_attempt(order)
    told(tx, in_review, "100")
    told(tx, late)
    looked_at = payment_now(in_review.id)
    assert (looked_at.status, looked_at.in_review) == ("PENDING", True)


def test_the_money_of_a_second_payment_can_count_later_and_is_received_once(
    tx: Transaction, customer: UUID, order: LockedOrder
) -> None:
    payment = an_attempt(order)
    accept(tx, order, payment, Receipt(received=Received(Decimal(400), "EGP"), counted=Decimal(400)))
    kept = payment_now(payment.id)
    assert kept.review_reason == "SECOND_PAYMENT"
    accept(tx, order, kept, Receipt(received=Received(Decimal(400), "EGP"), counted=Decimal(342)))
    assert (payment_now(payment.id).applied_amount, order_now(order).status) == (Decimal(342), "PAID")
    assert ledger_of(customer)["GATEWAY", "EGP"] == Decimal(-400)
    assert ledger_of(customer)["UNAPPLIED", "EGP"] == Decimal(58)


def test_money_that_is_to_go_back_counts_for_nothing(tx: Transaction, customer: UUID, order: LockedOrder) -> None:
    payment = an_attempt(order, ALL_THREE)
    record_unapplied(tx, order, flagged(payment), Received(Decimal(100), "EGP"))
    kept = payment_now(payment.id)
    assert (kept.status, kept.received_amount, kept.applied_amount) == ("PAID", Decimal(100), Decimal(0))
    assert order_now(order) == order
    assert balances(str(customer)) == Balances(wallet="100.00", cashback="20.00", points=4000)


def test_balances_that_came_back_meanwhile_are_taken_for_late_money(tx: Transaction, order: LockedOrder) -> None:
    late = an_attempt(order, ALL_THREE)
    close(tx, late.id, "CANCELLED", None)
    give(str(order.user_id), wallet="5")
    assert told(tx, late).status == "processed"
    assert order_now(order).status == "PAID"
