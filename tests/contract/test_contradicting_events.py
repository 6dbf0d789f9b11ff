"""All that an event names leads to one payment, or it changes none: a hash proves only a part of it."""

import secrets as randomness

import pytest

from lib.fawaterk.signatures import sign
from tests.support.clients import System
from tests.support.money import Attempt, Desk, Statuses, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def contradicting(desk: Desk, named: Attempt, signed: Attempt, **fields: object) -> dict[str, object]:
    reference = desk.run("select gateway_reference from payments where id = :id", id=signed.payment_id)[0][0]
    signature = sign(f"referenceId={reference}&PaymentMethod=Fawry", desk.system.vendor_key)
    event = {"referenceId": reference, "status": "EXPIRED", "paymentMethod": "Fawry", "hashKey": signature}
    return event | {"transactionKey": named.invoice_key, **fields}


def test_an_event_whose_key_and_reference_name_different_attempts_closes_neither(desk: Desk) -> None:
    one, other = desk.attempt(3), desk.attempt(3)
    assert desk.sent(contradicting(desk, one, other)) == "unmatched"
    assert desk.sent(contradicting(desk, one, other, transactionId=one.invoice_id)) == "unmatched"
    assert [desk.statuses(attempt).payment for attempt in (one, other)] == ["PENDING", "PENDING"]
    assert desk.sent(contradicting(desk, one, one)) == "processed"
    assert [desk.statuses(attempt).payment for attempt in (one, other)] == ["EXPIRED", "PENDING"]


def test_an_event_with_the_pay_load_or_a_strange_key_beside_anothers_reference_closes_neither(desk: Desk) -> None:
    one, other = desk.attempt(3), desk.attempt(3)
    by_pay_load = contradicting(desk, one, other, pay_load={"payment_id": one.payment_id})
    del by_pay_load["transactionKey"]
    assert desk.sent(by_pay_load) == "unmatched"
    assert desk.sent(contradicting(desk, one, other, transactionKey=randomness.token_hex(8))) == "unmatched"
    assert [desk.statuses(attempt).payment for attempt in (one, other)] == ["PENDING", "PENDING"]


def test_a_paid_event_that_also_names_anothers_invoice_settles_neither_until_the_gateway_is_asked(desk: Desk) -> None:
    one, other = desk.attempt(), desk.attempt()
    event = desk.webhook(one.invoice_id, "paid", shape="v3")
    legacy = {"invoice_id": other.invoice_id, "invoice_key": other.invoice_key}
    assert desk.sent(event | legacy) == "unmatched"
    assert [desk.statuses(attempt).payment for attempt in (one, other)] == ["PENDING", "PENDING"]
    assert desk.kept(other.invoice_id) == 1
    assert desk.reconcile(one) == "processed"
    assert desk.statuses(one) == Statuses("PAID", "PAID", "PAID", "342.00")
