"""The account's payment methods as they are at the gateway, and the wallet that is asked for the money."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lib.errors import GatewayRefusal, GatewaySilent, Invalid
from lib.fawaterk.client import Fawaterk
from lib.fawaterk.errors import GatewayUnavailable
from lib.fawaterk.models import PaymentMethod
from lib.payments import gateway
from tests.support.clients import System
from tests.support.money import Attempt, Desk, open_desk

CARD = PaymentMethod(2, "Card", "بطاقة", redirect=True, logo=None)
NEW = PaymentMethod(77, "Aman", "أمان", redirect=False, logo=None)
MADA = PaymentMethod(5, "Mada", "مدى", redirect=True, logo=None)
FAWRY = PaymentMethod(3, "Fawry", "فوري", redirect=False, logo=None)
WALLET = 4


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@contextlib.contextmanager
def offering(monkeypatch: pytest.MonkeyPatch, *lists: list[PaymentMethod] | Exception) -> Iterator[list[float]]:
    """Let the gateway, as this process sees it, offer one list after the other; how often it was asked."""
    asked: list[float] = []
    answers = iter(lists)

    def payment_methods(_self: Fawaterk, seconds: float) -> list[PaymentMethod]:
        asked.append(seconds)
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(Fawaterk, "payment_methods", payment_methods)
    monkeypatch.setattr(gateway, "_methods", (0.0, []))
    yield asked


@pytest.fixture
def later(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that was just read is old enough to be read again."""
    assert database
    monkeypatch.setattr(gateway, "MISSED_METHODS_SECONDS", 0.0)


@pytest.mark.usefixtures("later")
def test_a_method_that_is_new_at_the_gateway_is_found_although_the_list_was_just_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with offering(monkeypatch, [CARD], [CARD, NEW]) as asked:
        assert gateway.choose_method(2, gateway.Deadline()) == CARD
        assert gateway.choose_method(77, gateway.Deadline()) == NEW
        assert gateway.choose_method(77, gateway.Deadline()) == NEW
    assert len(asked) == 2


@pytest.mark.usefixtures("database")
def test_who_asks_for_methods_that_do_not_exist_makes_no_call_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    with offering(monkeypatch, [CARD]) as asked:
        for method_id in range(100, 120):
            with pytest.raises(Invalid):
                gateway.choose_method(method_id, gateway.Deadline())
    assert len(asked) == 1


@pytest.mark.usefixtures("later")
def test_a_look_that_fails_leaves_the_methods_that_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    with offering(monkeypatch, [CARD], GatewayUnavailable("down")):
        gateway.choose_method(2, gateway.Deadline())
        with pytest.raises(Invalid):
            gateway.choose_method(77, gateway.Deadline())
        assert gateway.choose_method(2, gateway.Deadline()) == CARD


@pytest.mark.usefixtures("later")
def test_an_account_without_methods_is_no_fault_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    with offering(monkeypatch, [], [], GatewayUnavailable("down")):
        with pytest.raises(GatewayRefusal):
            gateway.choose_method(2, gateway.Deadline())
        with pytest.raises(GatewaySilent):
            gateway.choose_method(2, gateway.Deadline())


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("offered", "asked", "chosen"),
    [
        ([NEW, CARD], (None, 1, 2), 2),
        ([MADA, CARD], (None, 1), 5),
        ([MADA, CARD], (2,), 2),
        ([NEW, replace(CARD, redirect=False), MADA], (None, 1, 2), 5),
        ([NEW, replace(CARD, redirect=False)], (None, 1, 2), 2),
        ([NEW, FAWRY], (None, 1, 2), 77),
    ],
    ids=["the card", "the first page", "the page asked for", "a page instead", "no page at all", "neither"],
)
def test_who_expects_a_page_gets_the_first_method_that_has_one(
    monkeypatch: pytest.MonkeyPatch, offered: list[PaymentMethod], asked: tuple[int | None, ...], chosen: int
) -> None:
    with offering(monkeypatch, offered):
        for method_id in asked:
            assert gateway.choose_method(method_id, gateway.Deadline()).payment_method_id == chosen


def wallet_of(desk: Desk, attempt: Attempt) -> Any:
    return desk.run("select mobile_wallet_number from payments where id = :id", id=attempt.payment_id)[0][0]


@pytest.mark.parametrize("number", ["01012345678", "+201012345678", "201012345678", "+20 010 1234 5678", "00201012345678"])
def test_the_wallet_that_the_payer_names_is_asked_in_the_gateways_form(desk: Desk, number: str) -> None:
    attempt = desk.pay(desk.order()["id"], WALLET, mobile_wallet_number=number)
    assert attempt.answer["qr_code"]
    assert wallet_of(desk, attempt) == "01012345678"


def test_a_wallet_method_without_a_number_asks_the_customers_own_phone(desk: Desk) -> None:
    desk.run("update users set phone = '+2001098765432' where id = :id", id=desk.customer.id)
    assert wallet_of(desk, desk.attempt(WALLET)) == "01098765432"


def test_other_methods_are_told_of_no_wallet(desk: Desk) -> None:
    for method in (2, 3):
        attempt = desk.pay(desk.order()["id"], method, mobile_wallet_number="01012345678")
        assert wallet_of(desk, attempt) is None


def test_another_wallet_is_another_attempt_and_the_same_one_is_the_same(desk: Desk) -> None:
    order_id = desk.order()["id"]
    wrong = desk.pay(order_id, WALLET, mobile_wallet_number="01012345678")
    right = desk.pay(order_id, WALLET, mobile_wallet_number="01012345679")
    again = desk.pay(order_id, WALLET, mobile_wallet_number="+201012345679")
    assert desk.payment(wrong)["status"] == "CANCELLED"
    assert wrong.payment_id != right.payment_id == again.payment_id
    assert desk.pay(order_id, WALLET).payment_id == right.payment_id


@pytest.mark.parametrize("number", ["", "1", "+966501234567", "0221234567", "0" * 40, 1012345678, True, ["01012345678"]])
def test_a_wallet_number_that_no_egyptian_wallet_has_is_refused(desk: Desk, number: object) -> None:
    reply = desk.ask_to_pay(desk.order()["id"], WALLET, mobile_wallet_number=number)
    assert (reply.status, reply.json["code"]) == (422, "validation_error")
    assert reply.json["errors"][0]["loc"] == ["body", "mobile_wallet_number"]


def test_a_bookings_payment_takes_the_wallets_number_too(desk: Desk) -> None:
    booked = desk.employee.client.post(
        "/api/bookings",
        {
            "user_id": desk.customer.id,
            "booking_type": "TRIP",
            "title_en": "Siwa",
            "start_date": "2047-05-01",
            "items": [{"description_en": "Tour", "quantity": 1, "unit_price": 100}],
        },
    )
    assert booked.status == 201, booked.text
    body = {"payment_method_id": WALLET, "mobile_wallet_number": "+201012345678"}
    paid = desk.customer.client.post(f"/api/bookings/{booked.json['id']}/pay", body)
    assert paid.status == 200, paid.text
    sql = "select mobile_wallet_number from payments where id = :id"
    assert desk.run(sql, id=paid.json["payment_id"]) == [["01012345678"]]
