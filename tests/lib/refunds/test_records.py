"""Each verb that changes a refund starts from its own states and refuses all others."""

from collections.abc import Callable
from decimal import Decimal
from typing import get_args
from uuid import UUID

import pytest

from lib import db
from lib.audit import Actor
from lib.db import Transaction, UniqueViolation
from lib.orders.locks import LockedOrder
from lib.refunds import records
from lib.refunds.completing import complete, mark_unknown, reject
from lib.refunds.records import LockedRefund, NewRefund, RefundStatus, lock_refund, parts_of_refund, read_refund
from lib.refunds.refunding import RefundRequest, refund
from tests.lib.refunds.conftest import Pay
from tests.support.scenes import ALL_THREE, credit_notes_of, order_now, refunds_of
from tests.support.verbs import Verb, try_verb

VERBS: dict[str, Verb[LockedRefund]] = {
    "mark_completed": Verb(records.mark_completed, {"PENDING", "NEEDS_REVIEW"}, "COMPLETED"),
    "mark_rejected": Verb(lambda tx, one: records.mark_rejected(tx, one, "no"), {"PENDING", "NEEDS_REVIEW"}, "REJECTED"),
    "mark_needs_review": Verb(lambda tx, one: records.mark_needs_review(tx, one, "?"), {"PENDING"}, "NEEDS_REVIEW"),
}
LEADS_TO: dict[RefundStatus, Callable[[UUID], object]] = {
    "PENDING": lambda _refund_id: None,
    "COMPLETED": complete,
    "REJECTED": lambda refund_id: reject(refund_id, "no"),
    "NEEDS_REVIEW": lambda refund_id: mark_unknown(refund_id, "?"),
}


@db.in_transaction
def refund_now(tx: Transaction, refund_id: UUID) -> LockedRefund:
    return read_refund(tx, refund_id)


@pytest.mark.parametrize("status", get_args(RefundStatus))
@pytest.mark.parametrize("name", VERBS)
def test_a_verb_starts_from_its_own_states_alone(claimed: UUID, name: str, status: RefundStatus) -> None:
    LEADS_TO[status](claimed)
    written = refund_now(claimed)
    assert written.status == status
    try_verb(VERBS[name], written, lambda: refund_now(claimed))


def test_the_database_lets_one_refund_of_an_order_be_under_way(order: LockedOrder, actor: Actor, claimed: UUID) -> None:
    assert claimed
    with pytest.raises(UniqueViolation) as taken:
        insert_beside(order, actor)
    assert taken.value.constraint == "refunds_one_under_way"


@db.in_transaction
def insert_beside(tx: Transaction, order: LockedOrder, actor: Actor) -> None:
    new = NewRefund(
        payment_id=None,
        amount=Decimal(1),
        currency="EGP",
        reason="another",
        destination="wallet",
        parts=[],
        created_by=actor.user_id,
        request_key=None,
    )
    records.insert(tx, order, new)


@db.in_transaction
def parts_and_order(tx: Transaction, refund_id: object) -> tuple[list[tuple[object, ...]], LockedOrder]:
    order, written = lock_refund(tx, UUID(str(refund_id)))
    parts: list[tuple[object, ...]] = [
        (part.source, part.destination, part.amount, part.points) for part in parts_of_refund(tx, written)
    ]
    return parts, order


def test_a_refund_has_its_parts_with_balances_first_and_its_order(order: LockedOrder, actor: Actor, pay: Pay) -> None:
    pay(order, ALL_THREE)
    refund_id = refund(order.id, actor, RefundRequest(reason="called off", destination="gateway"))
    assert parts_and_order(refund_id) == (
        [
            ("POINTS", "POINTS", Decimal(40), 4000),
            ("CASHBACK", "CASHBACK", Decimal(20), 0),
            ("WALLET", "WALLET", Decimal(100), 0),
            ("GATEWAY", "GATEWAY", Decimal(182), 0),
        ],
        order_now(order),
    )


def test_a_refund_that_nobody_knows_can_t_be_locked(order: LockedOrder) -> None:
    with pytest.raises(LookupError):
        parts_and_order(order.id)


def test_each_refund_of_a_sale_has_its_credit_note(order: LockedOrder, actor: Actor, pay: Pay) -> None:
    pay(order)
    for amount in (Decimal(100), None):
        refund(order.id, actor, RefundRequest(reason="called off", destination="wallet", amount=amount))
    assert [one.amount for one in refunds_of(order)] == [Decimal(100), Decimal(242)]
    assert credit_notes_of(order) == [("100.00", "0.00"), ("242.00", "0.00")]


def test_what_a_refund_took_back_of_earnings_is_written_beside_it(order: LockedOrder, actor: Actor, pay: Pay) -> None:
    pay(order)
    refund_id = refund(order.id, actor, RefundRequest(reason="called off", destination="wallet", amount=Decimal(100)))
    assert taken_back(refund_id) == [[100, Decimal("1.000")]]


@db.in_transaction
def taken_back(tx: Transaction, refund_id: object) -> list[list[object]]:
    return tx.run("select points_taken_back, cashback_taken_back from refunds where id = :id", id=refund_id)
