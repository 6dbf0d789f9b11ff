"""What was paid of an order and what of it can still go back, as refunds read it."""

from decimal import Decimal
from uuid import UUID

from lib import db
from lib.audit import Actor
from lib.db import Transaction
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder
from lib.payments.balances import pay_from_balances
from lib.payments.locks import LockedPayment
from lib.refunds.allocating import Paid, left_of
from lib.refunds.completing import reject
from lib.refunds.queries import paid_of_order, unapplied_of_payment
from lib.refunds.refunding import RefundRequest, refund
from tests.lib.refunds.conftest import Pay
from tests.properties.instant_gateway import InstantGateway
from tests.support.scenes import ALL_THREE, a_decided_payment, an_attempt, an_order, flagged, order_now, pay_at_the_desk


@db.in_transaction
def paid_of(tx: Transaction, order: LockedOrder) -> list[Paid]:
    return paid_of_order(tx, order_now(order))


@db.in_transaction
def unapplied_of(tx: Transaction, payment: LockedPayment) -> tuple[Paid, str]:
    return unapplied_of_payment(tx, payment)


def test_nothing_was_paid_of_an_order_whose_money_did_not_arrive(order: LockedOrder) -> None:
    assert paid_of(order) == []
    flagged(an_attempt(order, ALL_THREE))
    assert paid_of(order) == []


def test_each_source_of_a_payment_stands_by_itself(order: LockedOrder, pay: Pay) -> None:
    payment = pay(order, ALL_THREE)
    paid = {one.source: one for one in paid_of(order)}
    assert {source: (one.amount, one.points) for source, one in paid.items()} == {
        "POINTS": (Decimal(40), 4000),
        "CASHBACK": (Decimal(20), 0),
        "WALLET": (Decimal(100), 0),
        "GATEWAY": (Decimal(182), 0),
    }
    assert all(one.hold_id is not None for source, one in paid.items() if source != "GATEWAY")
    assert paid["GATEWAY"].invoice_id == payment.gateway_invoice_id
    assert {one.payment_id for one in paid.values()} == {payment.id}


def test_cash_has_no_invoice_to_go_back_by(order: LockedOrder) -> None:
    pay_at_the_desk(order)
    (cash,) = paid_of(order)
    assert (cash.source, cash.amount, cash.invoice_id) == ("MANUAL", Decimal(342), None)


def test_money_in_another_currency_has_no_way_back_by_its_invoice(order: LockedOrder) -> None:
    payment = a_decided_payment(order, "7", "USD", "settle", "342")
    (exchanged,) = paid_of(order)
    assert (exchanged.amount, exchanged.invoice_id) == (Decimal(342), None)
    assert unapplied_of(payment)[0].left == 0


@db.in_transaction
def pay_a_part(tx: Transaction, order: LockedOrder, wallet: int) -> UUID:
    return pay_from_balances(tx, order_now(order), Split(wallet=Decimal(wallet)))


@db.in_transaction
def paid_ago(tx: Transaction, payment_id: UUID, minutes: int) -> None:
    sql = "update payments set paid_at = now() - make_interval(mins => :minutes::integer) where id = :id"
    tx.run(sql, id=payment_id, minutes=minutes)


def test_the_oldest_payment_comes_first(order: LockedOrder) -> None:
    first, second, third = (pay_a_part(order, amount) for amount in (10, 20, 30))
    paid_ago(second, 2)
    paid_ago(third, 1)
    assert [one.payment_id for one in paid_of(order)] == [second, third, first]


def test_what_refunds_have_taken_is_not_left(order: LockedOrder, pay: Pay, actor: Actor) -> None:
    pay(order, ALL_THREE)
    refund(order.id, actor, RefundRequest(reason="less", destination="wallet", amount=Decimal("50.50")))
    taken = {one.source: (one.taken, one.points_taken) for one in paid_of(order)}
    assert taken == {
        "POINTS": (Decimal(40), 4000),
        "CASHBACK": (Decimal("10.50"), 0),
        "WALLET": (Decimal(0), 0),
        "GATEWAY": (Decimal(0), 0),
    }
    assert left_of(paid_of(order)) == Decimal("291.50")


def test_a_refund_under_way_has_taken_its_part_and_a_rejected_one_has_not(order: LockedOrder, claimed: UUID) -> None:
    assert left_of(paid_of(order)) == Decimal(300)
    reject(claimed, "no")
    assert left_of(paid_of(order)) == Decimal(342)


def test_money_that_counts_for_its_order_is_no_surplus(order: LockedOrder, pay: Pay) -> None:
    money, currency = unapplied_of(pay(order))
    assert (money.source, money.left, currency) == ("GATEWAY", Decimal(0), "EGP")


def test_a_surplus_is_what_arrived_and_never_counted(order: LockedOrder, actor: Actor, gateway: InstantGateway) -> None:
    assert gateway
    payment = a_decided_payment(order, "400", "EGP", "settle", "342")
    assert unapplied_of(payment)[0].left == Decimal(58)
    request = RefundRequest(reason="too much", destination="wallet", amount=Decimal(50), payment_id=payment.id)
    refund(order.id, actor, request)
    assert unapplied_of(payment)[0].left == Decimal(8)
    # What counts for the order goes back with the order.
    assert left_of(paid_of(order)) == Decimal(342)


def test_money_of_which_nothing_counts_is_a_surplus_in_its_own_currency(order: LockedOrder) -> None:
    payment = a_decided_payment(order, "7", "USD", "refund")
    money, currency = unapplied_of(payment)
    assert (money.left, money.invoice_id, currency) == (Decimal(7), payment.gateway_invoice_id, "USD")


def test_another_order_s_payments_are_not_this_one_s(customer: UUID, order: LockedOrder, pay: Pay) -> None:
    pay(order)
    assert paid_of(an_order(customer)) == []
