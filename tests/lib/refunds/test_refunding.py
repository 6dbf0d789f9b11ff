"""A refund from its request to its end: once, of what is left, to where it can go, and never sent twice."""

from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from lib import db
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import IllegalMove, Invalid, NotFound, PaymentInReview
from lib.fawaterk.refunds import RefundOrder
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder
from lib.payments.balances import pay_from_balances
from lib.payments.locks import LockedPayment
from lib.refunds.allocating import Destination
from lib.refunds.refunding import RefundRequest, refund
from tests.lib.refunds.conftest import Pay
from tests.properties.instant_gateway import InstantGateway, Mood
from tests.support.balances import Balances, balances
from tests.support.scenes import (
    ALL_THREE,
    a_booked_order,
    a_decided_payment,
    a_draft,
    a_settled_payment,
    an_order,
    booking_status,
    credit_notes_of,
    disagreements_of,
    flagged,
    ledger_of,
    order_now,
    pay_at_the_desk,
    payment_now,
    refunds_of,
    the_gateway_decides,
)


def asking(
    destination: Destination = "wallet",
    amount: str | None = None,
    *,
    key: str | None = None,
    payment: LockedPayment | None = None,
) -> RefundRequest:
    """A request for a refund."""
    return RefundRequest(
        reason="The trip was called off",
        destination=destination,
        amount=None if amount is None else Decimal(amount),
        payment_id=payment.id if payment else None,
        request_key=key,
    )


def test_an_order_that_nobody_knows_is_not_refunded(actor: Actor) -> None:
    with pytest.raises(NotFound):
        refund(uuid4(), actor, asking())


def test_an_order_of_which_nothing_was_paid_is_not_refunded(customer: UUID, actor: Actor) -> None:
    for order in (a_draft(customer), an_order(customer)):
        with pytest.raises(IllegalMove, match="refunded: nothing of it is paid"):
            refund(order.id, actor, asking())
    with pytest.raises(IllegalMove, match="refunded: nothing of it was paid with money"):
        refund(an_order(customer, "0").id, actor, asking())


def test_an_order_with_money_in_review_is_not_refunded(order: LockedOrder, actor: Actor, pay: Pay) -> None:
    flagged(pay(order), "REFUND_REPORTED")
    with pytest.raises(PaymentInReview):
        refund(order.id, actor, asking())
    assert refunds_of(order) == []


@pytest.mark.parametrize(
    ("amount", "reason"),
    [("1.001", "at most 2 decimals in EGP"), ("342.01", r"must be at most 342\.00 EGP, which is what is left")],
)
def test_an_amount_that_can_t_go_back_is_refused(
    order: LockedOrder, actor: Actor, pay: Pay, amount: str, reason: str
) -> None:
    pay(order)
    with pytest.raises(Invalid, match=reason):
        refund(order.id, actor, asking(amount=amount))
    assert refunds_of(order) == []


def test_money_in_another_currency_than_the_wallet_s_goes_back_by_the_gateway(
    customer: UUID, actor: Actor, pay: Pay, gateway: InstantGateway
) -> None:
    order = an_order(customer, "10.005", currency="KWD")
    pay(order)
    with pytest.raises(Invalid, match="wallets are kept in EGP; KWD can go back by the gateway, or by hand"):
        refund(order.id, actor, asking())
    refund(order.id, actor, asking("gateway"))
    the_gateway_decides(gateway, order)
    assert [(one.status, one.amount, one.currency) for one in refunds_of(order)] == [("COMPLETED", Decimal("10.005"), "KWD")]


def test_cash_can_t_go_back_by_the_gateway(order: LockedOrder, actor: Actor) -> None:
    pay_at_the_desk(order)
    with pytest.raises(Invalid, match=r"only 0 can go back by the gateway; use the wallet, or give it back by hand"):
        refund(order.id, actor, asking("gateway"))
    refund(order.id, actor, asking("wallet"))
    assert order_now(order).status == "REFUNDED"


def test_all_that_is_left_goes_back_where_it_came_from(customer: UUID, order: LockedOrder, actor: Actor, pay: Pay) -> None:
    payment = pay(order, ALL_THREE)
    refund(order.id, actor, asking("wallet"))
    refunded = order_now(order)
    assert (refunded.status, refunded.amount_refunded) == ("REFUNDED", Decimal(342))
    assert payment_now(payment.id).status == "REFUNDED"
    # 182.00 came by the gateway, and what the order had earned is gone.
    assert balances(str(customer)) == Balances(wallet="282.00", cashback="20.00", points=4000)
    assert disagreements_of(customer) == []


def test_a_booking_ends_with_the_refund_of_its_order(customer: UUID, actor: Actor, pay: Pay) -> None:
    order = a_booked_order(customer)
    pay(order)
    refund(order.id, actor, asking(amount="100"))
    assert booking_status(order) == "CONFIRMED"
    refund(order.id, actor, asking())
    assert booking_status(order) == "REFUNDED"


def test_the_same_request_again_is_the_same_refund(order: LockedOrder, actor: Actor, pay: Pay) -> None:
    pay(order)
    key = str(uuid4())
    first = refund(order.id, actor, asking(amount="100", key=key))
    assert refund(order.id, actor, asking(amount="100", key=key)) == first
    assert order_now(order).amount_refunded == Decimal(100)
    assert refund(order.id, actor, asking(amount="100", key=str(uuid4()))) != first
    assert refund(order.id, actor, asking(amount="100")) != first


def test_a_request_s_key_is_of_its_order_and_lives_for_a_day(
    customer: UUID, order: LockedOrder, actor: Actor, pay: Pay
) -> None:
    other = an_order(customer)
    pay(order)
    pay(other)
    key = str(uuid4())
    first = refund(order.id, actor, asking(amount="100", key=key))
    assert refund(other.id, actor, asking(amount="100", key=key)) != first
    age(first, "24 hours 1 second")
    assert refund(order.id, actor, asking(amount="100", key=key)) != first


@db.in_transaction
def age(tx: Transaction, refund_id: object, by: str) -> None:
    tx.run("update refunds set created_at = now() - :by::text::interval where id = :id", id=refund_id, by=by)


def test_the_same_request_again_is_never_sent_again(
    order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway
) -> None:
    payment = pay(order)
    gateway.mood = "does it and is silent"
    first = refund(order.id, actor, asking("gateway", "100", key="key"))
    gateway.mood = "answers"
    assert refund(order.id, actor, asking("gateway", "100", key="key")) == first
    # The look before the second request found that the gateway has it.
    assert [(one.refundable_id, one.amount) for one in gateway.refunds] == [(payment.gateway_invoice_id, Decimal(100))]
    assert [one.status for one in refunds_of(order)] == ["PENDING"]


@pytest.mark.parametrize("destination", ["wallet", "gateway"])
def test_while_a_refund_is_claimed_no_other_begins(
    order: LockedOrder, actor: Actor, claimed: UUID, destination: Destination
) -> None:
    assert claimed
    with pytest.raises(IllegalMove, match=r"Refund RFD-\S+ of this order is PENDING and can't be followed by another"):
        refund(order.id, actor, asking(destination, "1"))


def test_while_nobody_knows_what_became_of_a_refund_no_other_begins(
    order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway
) -> None:
    pay(order)
    gateway.mood = "is silent"
    refund(order.id, actor, asking("gateway", "100"))
    with pytest.raises(IllegalMove, match="is NEEDS_REVIEW and can't be followed by another before it is decided"):
        refund(order.id, actor, asking(amount="1"))


@pytest.mark.parametrize(
    ("mood", "status", "refunded", "review"),
    [
        ("answers", "PENDING", 0, None),
        ("refuses", "REJECTED", 0, None),
        ("is silent", "NEEDS_REVIEW", 0, "REFUND_UNKNOWN"),
        ("does it and is silent", "NEEDS_REVIEW", 0, "REFUND_UNKNOWN"),
    ],
)
def test_what_the_gateway_says_decides_a_refund_by_it(
    customer: UUID,
    order: LockedOrder,
    actor: Actor,
    pay: Pay,
    gateway: InstantGateway,
    mood: Mood,
    status: str,
    refunded: int,
    review: str | None,
) -> None:
    payment = pay(order)
    gateway.mood = mood
    refund(order.id, actor, asking("gateway", "42"))
    assert [one.status for one in refunds_of(order)] == [status]
    assert order_now(order).amount_refunded == refunded
    assert payment_now(payment.id).review_reason == review
    assert disagreements_of(customer) == []


def test_what_the_gateway_refused_can_go_to_the_wallet(
    customer: UUID, order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway
) -> None:
    pay(order)
    gateway.mood = "refuses"
    refund(order.id, actor, asking("gateway"))
    refund(order.id, actor, asking("wallet"))
    assert [one.status for one in refunds_of(order)] == ["REJECTED", "COMPLETED"]
    assert balances(str(customer)).wallet == "442.00"


def test_a_refund_is_written_down_before_the_gateway_is_asked(
    order: LockedOrder, actor: Actor, pay: Pay, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay(order)
    seen: list[tuple[str, str]] = []

    def look(asked: RefundOrder, _timeout: float) -> None:
        (written,) = refunds_of(order)
        seen.append((written.status, asked.comment.removeprefix(f"{written.refund_number}: ")))

    monkeypatch.setattr(gateway, "request_refund", look)
    refund(order.id, actor, asking("gateway"))
    assert seen == [("PENDING", "The trip was called off")]
    assert [one.status for one in refunds_of(order)] == ["PENDING"]


@db.in_transaction
def pay_a_part(tx: Transaction, order: LockedOrder) -> None:
    pay_from_balances(tx, order, Split(wallet=Decimal(100)))


def test_money_of_a_partly_paid_order_goes_back_and_the_order_can_be_paid_anew(
    customer: UUID, order: LockedOrder, actor: Actor
) -> None:
    pay_a_part(order)
    refund(order.id, actor, asking())
    anew = order_now(order)
    assert (anew.status, anew.payment_status, anew.remaining) == ("ISSUED", "UNPAID", Decimal(342))
    # Nothing of its invoice is taken back.
    assert credit_notes_of(order) == []
    a_settled_payment(anew, Split(wallet=Decimal(100)))
    assert order_now(order).status == "PAID"
    assert disagreements_of(customer) == []


def too_much(order: LockedOrder) -> LockedPayment:
    """A payment of the whole order, with which 58.00 more arrived."""
    return a_decided_payment(order, "400", "EGP", "settle", "342")


def test_money_that_counts_for_its_order_does_not_go_back_by_itself(
    customer: UUID, order: LockedOrder, actor: Actor, pay: Pay
) -> None:
    payment, of_another = pay(order), pay(an_order(customer))
    with pytest.raises(IllegalMove, match="refunded by itself: all of its money counts for the order"):
        refund(order.id, actor, asking(payment=payment))
    with pytest.raises(Invalid, match="payment_id: is no payment of this order"):
        refund(order.id, actor, asking(payment=of_another))


def test_money_that_a_person_looks_at_does_not_go_back_by_itself(order: LockedOrder, actor: Actor) -> None:
    payment = flagged(too_much(order))
    with pytest.raises(PaymentInReview):
        refund(order.id, actor, asking(payment=payment))


def test_a_surplus_goes_back_by_its_payment_and_leaves_the_order_as_it_is(
    customer: UUID, order: LockedOrder, actor: Actor, gateway: InstantGateway
) -> None:
    assert gateway
    payment = too_much(order)
    stood = order_now(order)
    with pytest.raises(Invalid, match=r"at most 58\.00 EGP"):
        refund(order.id, actor, asking(amount="58.01", payment=payment))
    refund(order.id, actor, asking(payment=payment))
    assert order_now(order) == stood
    assert payment_now(payment.id).status == "PARTIALLY_REFUNDED"
    assert (balances(str(customer)).wallet, credit_notes_of(order)) == ("158.00", [])
    with pytest.raises(IllegalMove):
        refund(order.id, actor, asking(payment=payment))
    assert disagreements_of(customer) == []


def test_money_in_another_currency_goes_back_in_its_own(
    customer: UUID, order: LockedOrder, actor: Actor, gateway: InstantGateway
) -> None:
    payment = a_decided_payment(order, "7", "USD", "refund")
    gateway.know(str(payment.gateway_invoice_id), Decimal(7), "USD")
    with pytest.raises(Invalid, match="wallets are kept in EGP; USD can go back by the gateway, or by hand"):
        refund(order.id, actor, asking(payment=payment))
    refund(order.id, actor, asking("gateway", payment=payment))
    the_gateway_decides(gateway, order)
    (made,) = refunds_of(order)
    assert (made.status, made.amount, made.currency, made.payment_id) == ("COMPLETED", Decimal(7), "USD", payment.id)
    assert payment_now(payment.id).status == "REFUNDED"
    assert [place for place in ledger_of(customer) if place[1] == "USD"] == []
    assert order_now(order) == order


def test_a_refund_is_in_the_audit_log(order: LockedOrder, actor: Actor, pay: Pay) -> None:
    pay(order)
    refund(order.id, actor, asking(amount="42"))
    assert audited(order) == [(actor.user_id, "342.00", "42.00", ["42.00 WALLET"])]


@db.in_transaction
def audited(tx: Transaction, order: LockedOrder) -> list[tuple[object, ...]]:
    rows = tx.run(
        """
        select actor_id, before ->> 'amount_paid', after ->> 'amount', after -> 'to' from audit_log
        where entity_id = :id and action = 'refund'
        """,
        id=order.id,
    )
    return [tuple(row) for row in rows]
