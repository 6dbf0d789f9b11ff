"""Opening an attempt: one is open at a time, and none is handed out whose answer was lost."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from lib import db
from lib.db import Transaction
from lib.errors import (
    GatewayRefusal,
    GatewaySilent,
    IllegalMove,
    InsufficientBalance,
    Invalid,
    NotFound,
    NotPriced,
    PaymentInReview,
    PaymentSuperseded,
)
from lib.fawaterk.errors import GatewayRefused
from lib.fawaterk.models import InvoiceRequest, OpenedInvoice
from lib.holds.splitting import BalanceLimits
from lib.orders.locks import LockedOrder
from lib.payments.closing import cancel_order
from lib.payments.gateway import Deadline
from lib.payments.opening import LOST_AFTER_SECONDS, pay
from lib.payments.settling import settle
from tests.properties.instant_gateway import CARD, FAWRY, InstantGateway
from tests.support.balances import Balances, balances
from tests.support.scenes import (
    a_booked_draft,
    a_customer,
    a_draft,
    a_settled_payment,
    an_opened_invoice,
    an_order,
    as_caller,
    disagreements_of,
    flagged,
    order_now,
    payment_now,
    shown_by_gateway,
)
from tests.support.undoing import UndoneSession

WALLET_100 = BalanceLimits(wallet=Decimal(100))


@pytest.fixture
def customer(undone: UndoneSession, gateway: InstantGateway) -> UUID:
    assert undone
    assert gateway
    return a_customer(wallet="342", cashback="20", points=4000)


def opened(order: LockedOrder, method_id: int | None = None, limits: BalanceLimits | None = None) -> UUID:
    """The attempt that its owner is given for an order."""
    payment_id = pay(order.id, as_caller(order.user_id), method_id, limits)
    assert payment_id is not None
    return payment_id


@db.in_transaction
def attempts_of(tx: Transaction, order: LockedOrder) -> list[str]:
    """How the payments of an order stand."""
    return sorted(tx.column(str, "select status from payments where order_id = :id", id=order.id))


@db.in_transaction
def change(tx: Transaction, payment_id: UUID, assignment: str) -> None:
    """Let something have happened to an attempt."""
    tx.run(f"update payments set {assignment} where id = :id", id=payment_id)  # noqa: S608 - a test's own


def test_another_s_order_is_not_found(order: LockedOrder) -> None:
    with pytest.raises(NotFound):
        pay(order.id, as_caller(a_customer()), None, None)
    with pytest.raises(NotFound):
        pay(uuid4(), as_caller(order.user_id), None, None)
    assert attempts_of(order) == []


def test_an_order_that_takes_no_money_can_t_be_paid(customer: UUID) -> None:
    paid = an_order(customer)
    a_settled_payment(paid)
    with pytest.raises(IllegalMove, match="is PAID and can't be paid"):
        opened(paid)


def test_a_request_without_a_price_can_t_be_paid(customer: UUID) -> None:
    order = a_booked_draft(customer, is_priced=False)
    with pytest.raises(NotPriced):
        opened(order)
    assert order_now(order).status == "DRAFT"


def test_an_order_with_money_in_review_is_not_paid_again(order: LockedOrder) -> None:
    flagged(payment_now(opened(order)))
    with pytest.raises(PaymentInReview):
        opened(order)


def test_more_than_a_balance_has_can_t_be_used(order: LockedOrder) -> None:
    with pytest.raises(InsufficientBalance, match=r"20\.0+ EGP of cashback"):
        opened(order, None, BalanceLimits(cashback=Decimal("20.01")))
    assert attempts_of(order) == []


def test_a_rest_that_the_gateway_would_not_take_is_refused_and_leaves_nothing(customer: UUID) -> None:
    draft = a_draft(customer, "346.99")
    with pytest.raises(Invalid, match=r"the remainder of 4\.99 EGP is under the payment gateway's minimum of 5\.01"):
        opened(draft, None, BalanceLimits(wallet=Decimal(342)))
    assert (order_now(draft).status, attempts_of(draft), balances(str(customer)).held) == ("DRAFT", [], "0.00")


def test_a_method_that_the_account_lacks_is_refused(order: LockedOrder) -> None:
    with pytest.raises(Invalid, match=r"choose one of 2 \(Card\), 3 \(Fawry\)"):
        opened(order, 99)


def test_a_draft_is_issued_and_asked_for_at_the_gateway(customer: UUID, gateway: InstantGateway) -> None:
    draft = a_draft(customer)
    payment = payment_now(opened(draft))
    (invoice,) = gateway.invoices.values()
    assert order_now(draft).status == "ISSUED"
    assert (payment.status, payment.gateway_invoice_id) == ("PENDING", invoice.invoice_id)
    assert (invoice.total, invoice.currency) == (Decimal(342), "EGP")
    assert invoice.pay_load == {"payment_id": str(payment.id), "order_number": draft.order_number}


def test_staff_can_pay_for_a_customer(order: LockedOrder) -> None:
    payment_id = pay(order.id, as_caller(a_customer(role="EMPLOYEE"), "EMPLOYEE"), None, None)
    assert payment_id is not None


def test_the_same_request_again_is_given_the_same_attempt(order: LockedOrder, gateway: InstantGateway) -> None:
    first = opened(order, 2, WALLET_100)
    assert opened(order, 2, WALLET_100) == first
    # What is held already stays so where nothing is said of balances.
    assert opened(order, 2) == first
    assert (attempts_of(order), len(gateway.invoices)) == (["PENDING"], 1)


@pytest.mark.parametrize(("method_id", "limits"), [(3, None), (2, WALLET_100), (2, BalanceLimits(points=100))])
def test_another_method_or_split_replaces_the_open_attempt(
    order: LockedOrder, method_id: int, limits: BalanceLimits | None
) -> None:
    first = opened(order, 2)
    second = opened(order, method_id, limits)
    assert (payment_now(first).status, payment_now(second).status) == ("CANCELLED", "PENDING")


def test_what_a_replaced_attempt_held_is_arranged_anew(customer: UUID, order: LockedOrder) -> None:
    opened(order, 2, BalanceLimits(points=4000, wallet=Decimal(100)))
    newer = payment_now(opened(order, 2, BalanceLimits(cashback=Decimal(20))))
    assert newer.amount == Decimal(322)
    assert balances(str(customer)) == Balances(wallet="342.00", points=4000, held="20.00")
    assert disagreements_of(customer) == []


def test_an_attempt_whose_time_is_over_is_expired_by_the_next(order: LockedOrder) -> None:
    first = opened(order)
    change(first, "expires_at = now() - interval '1 second'")
    second = opened(order)
    assert (payment_now(first).status, payment_now(second).status) == ("EXPIRED", "PENDING")


def being_opened(order: LockedOrder) -> UUID:
    """An attempt of which the gateway's answer is still to come."""
    payment_id = opened(order)
    change(payment_id, "gateway_invoice_id = null, gateway_invoice_key = null")
    return payment_id


def test_a_request_that_comes_while_its_attempt_is_being_opened_gets_the_same_answer(
    order: LockedOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = being_opened(order)

    def the_answer_comes(_seconds: float) -> None:
        change(first, f"gateway_invoice_id = '{uuid4()}'")

    monkeypatch.setattr("time.sleep", the_answer_comes)
    assert opened(order) == first


def test_a_request_does_not_wait_longer_than_the_gateway_may_take(
    order: LockedOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = being_opened(order)
    monkeypatch.setattr("lib.payments.gateway.Deadline", lambda: Deadline(0))
    with pytest.raises(GatewaySilent):
        opened(order)
    assert payment_now(first).status == "PENDING"


@pytest.mark.parametrize("method_id", [2, 3])
def test_an_attempt_that_has_waited_too_long_for_its_answer_is_replaced(order: LockedOrder, method_id: int) -> None:
    first = being_opened(order)
    change(first, f"created_at = now() - interval '{LOST_AFTER_SECONDS + 1} seconds'")
    second = opened(order, method_id)
    assert (payment_now(first).status, payment_now(second).status) == ("CANCELLED", "PENDING")


@pytest.mark.parametrize("does_it", [False, True])
def test_an_attempt_whose_answer_was_lost_is_never_handed_out(
    customer: UUID, order: LockedOrder, gateway: InstantGateway, *, does_it: bool
) -> None:
    gateway.mood = "does it and is silent" if does_it else "is silent"
    with pytest.raises(GatewaySilent):
        opened(order, 2, WALLET_100)
    assert attempts_of(order) == ["PENDING"]
    gateway.mood = "answers"
    second = payment_now(opened(order, 2, WALLET_100))
    assert attempts_of(order) == ["CANCELLED", "PENDING"]
    assert second.gateway_invoice_id is not None
    assert balances(str(customer)).held == "100.00"
    assert disagreements_of(customer) == []


def test_an_attempt_that_the_gateway_refuses_has_failed_and_holds_nothing(
    customer: UUID, order: LockedOrder, gateway: InstantGateway
) -> None:
    gateway.mood = "refuses"
    with pytest.raises(Invalid, match="the payment gateway refused: the gateway would rather not"):
        opened(order, 2, WALLET_100)
    assert attempts_of(order) == ["FAILED"]
    assert balances(str(customer)).wallet == "342.00"
    gateway.mood = "answers"
    assert payment_now(opened(order)).status == "PENDING"


def when_asked(
    monkeypatch: pytest.MonkeyPatch, gateway: InstantGateway, then: Callable[[InvoiceRequest], OpenedInvoice | None]
) -> None:
    """Let something happen while the gateway is asked to open an invoice."""
    open_invoice = gateway.open_invoice

    def asked(request: InvoiceRequest, timeout: float) -> OpenedInvoice:
        answer = open_invoice(request, timeout)
        return then(request) or answer

    monkeypatch.setattr(gateway, "open_invoice", asked)


def test_a_refusal_of_our_account_is_no_fault_of_the_payer_s(
    order: LockedOrder, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_request: InvoiceRequest) -> None:
        raise GatewayRefused(401, {"message": ["who are you?"]})

    when_asked(monkeypatch, gateway, refuse)
    with pytest.raises(GatewayRefusal):
        opened(order)
    assert attempts_of(order) == ["FAILED"]


def test_an_attempt_that_was_closed_while_it_was_being_opened_says_so(
    order: LockedOrder, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    @db.in_transaction
    def cancel(tx: Transaction, _request: InvoiceRequest) -> None:
        cancel_order(tx, order_now(order), "staff cancelled it")

    when_asked(monkeypatch, gateway, cancel)
    with pytest.raises(PaymentSuperseded):
        opened(order)
    assert attempts_of(order) == ["CANCELLED"]


def test_an_attempt_that_was_paid_before_its_answer_came_is_given_as_paid(
    order: LockedOrder, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    @db.in_transaction
    def settle_it(tx: Transaction, request: InvoiceRequest) -> None:
        payment = payment_now(UUID(request.pay_load["payment_id"]))
        settle(tx, payment.id, shown_by_gateway(payment))

    when_asked(monkeypatch, gateway, settle_it)
    payment = payment_now(opened(order))
    assert (payment.status, order_now(order).status) == ("PAID", "PAID")
    assert payment.gateway_invoice_id is not None


def test_an_invoice_id_that_the_gateway_gave_before_is_an_answer_that_was_lost(
    customer: UUID, order: LockedOrder, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = payment_now(opened(an_order(customer)))
    twice = replace(an_opened_invoice(), invoice_id=str(taken.gateway_invoice_id))
    when_asked(monkeypatch, gateway, lambda _request: twice)
    with pytest.raises(GatewaySilent):
        opened(order)
    assert attempts_of(order) == ["PENDING"]


def test_what_balances_cover_is_paid_although_the_gateway_is_silent(
    customer: UUID, order: LockedOrder, gateway: InstantGateway
) -> None:
    gateway.mood = "is silent"
    paid = payment_now(opened(order, None, BalanceLimits(wallet=Decimal(400))))
    assert (paid.status, paid.wallet_to_use, order_now(order).status) == ("PAID", Decimal(342), "PAID")
    assert (gateway.invoices, disagreements_of(customer)) == ({}, [])


def test_an_order_that_comes_to_nothing_is_paid_by_a_payment_of_nothing(customer: UUID) -> None:
    draft = a_draft(customer, is_free=True)
    payment_id = pay(draft.id, as_caller(customer), None, None)
    assert order_now(draft).status == "PAID"
    rows = db.read.run("select status, amount from payments where id = :id", id=payment_id)
    assert rows == [["PAID", 0]]


def test_methods_are_chosen_as_they_are_named_or_else_the_first_with_a_page(
    customer: UUID, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    when_asked(monkeypatch, gateway, lambda request: asked.append(request.payment_method_id))
    for method_id in (None, 1, 2, 3):
        opened(an_order(customer), method_id)
    assert asked == [CARD.payment_method_id] * 3 + [FAWRY.payment_method_id]


def test_an_attempt_is_written_before_the_gateway_is_asked(
    order: LockedOrder, gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    when_asked(monkeypatch, gateway, lambda _request: seen.append(attempts_of(order)))
    opened(order)
    assert seen == [["PENDING"]]
