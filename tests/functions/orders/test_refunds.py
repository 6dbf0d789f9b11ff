"""Refunds: who may, what is refused, where each part goes, and what of order, payment and earnings follows from it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from functions.orders.schemas import Refund, RefundPart
from lib import db
from lib.db import Transaction
from lib.loyalty.crediting import credit
from lib.loyalty.records import lock_cashback
from tests.support.balances import balances, give
from tests.support.currencies import CURRENCY, OTHER_CURRENCY, as_told, in_egp
from tests.support.money import Desk, Statuses
from tests.support.refunds import WHY, accounts, ask_refund, credit_notes, order_of, paid, parts_of, refund, refunds_of

BODY = {"reason": WHY, "destination": "wallet"}
NOBODY = "00000000-0000-0000-0000-000000000000"
# 4,000 points are worth 40.00, so that 182.00 come by the gateway.
ALL_THREE: dict[str, Any] = {"points_to_use": 4000, "cashback_to_use": "20", "wallet_to_use": "100"}


def test_only_administrators_refund(desk: Desk, desk_of_another: Desk) -> None:
    order_id = paid(desk).order_id
    for person, status in ((desk.employee, 403), (desk.customer, 403), (desk_of_another.customer, 403)):
        assert person.client.post(f"/api/orders/{order_id}/refund", BODY).status == status
    assert type(desk.admin.client)(desk.system.base_url).post(f"/api/orders/{order_id}/refund", BODY).status == 401
    assert refunds_of(desk, order_id) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount", 0),
        ("amount", -1),
        ("amount", "ten"),
        ("amount", True),
        ("amount", "1.0001"),
        ("amount", as_told("342.01")),
        ("reason", None),
        ("reason", ""),
        ("reason", " \n"),
        ("reason", "x" * 2001),
        ("destination", None),
        ("destination", "bank"),
        ("payment_id", "x"),
        ("payment_id", NOBODY),
    ],
)
def test_a_wrong_field_is_422_and_named_and_nothing_is_refunded(desk: Desk, field: str, value: object) -> None:
    order_id = paid(desk).order_id
    reply = desk.admin.client.post(f"/api/orders/{order_id}/refund", {**BODY, field: value})
    assert (reply.status, [error["loc"] for error in reply.json["errors"]]) == (422, [["body", field]]), reply.text
    assert (order_of(desk, order_id)["status"], refunds_of(desk, order_id)) == ("PAID", [])


def test_what_was_not_paid_is_not_refunded(desk: Desk) -> None:
    draft, free, cancelled = desk.order(), desk.order(is_free=True), desk.order()
    issued = desk.attempt().order_id
    desk.employee.client.post(f"/api/orders/{cancelled['id']}/cancel", {})
    for order_id in (draft["id"], free["id"], cancelled["id"], issued):
        reply = ask_refund(desk, order_id)
        assert (reply.status, reply.json["code"]) == (409, "illegal_move")
    assert ask_refund(desk, NOBODY).status == 404


def test_an_order_with_money_in_review_is_not_refunded(desk: Desk) -> None:
    attempt = paid(desk)
    desk.happens(attempt.invoice_id, "refunded", shape="v3", amount="50")
    reply = ask_refund(desk, attempt.order_id)
    assert (reply.status, reply.json["code"]) == (409, "payment_in_review")


def test_a_whole_refund_to_the_wallet_ends_order_and_payment(desk: Desk) -> None:
    attempt = paid(desk)
    made = refund(desk, attempt.order_id)
    assert (made["status"], str(made["amount"]), made["currency"], made["message"]) == (
        "COMPLETED",
        as_told("342.00"),
        CURRENCY,
        None,
    )
    assert parts_of(made) == [("GATEWAY", "WALLET", as_told("342.00"))]
    assert made["parts"][0]["payment_id"] == attempt.payment_id
    assert desk.statuses(attempt) == Statuses("REFUNDED", "REFUNDED", "REFUNDED", as_told("342.00"))
    assert str(order_of(desk, attempt.order_id)["amount_refunded"]) == as_told("342.00")
    assert balances(desk.customer.id).wallet == as_told("342.00")
    assert accounts(desk, attempt.order_id) == {"GATEWAY": Decimal(-342), "WALLET": Decimal(342)}
    assert ask_refund(desk, attempt.order_id).status == 409


def test_a_refund_is_answered_and_listed_as_it_is_described(desk: Desk) -> None:
    order_id = paid(desk).order_id
    made = refund(desk, order_id, amount=as_told("42.00"))
    listed = [
        one for person in (desk.customer, desk.employee) for one in person.client.get(f"/api/orders/{order_id}/refunds").json
    ]
    assert listed == [made, made]
    assert Refund.model_validate(made).parts
    assert (set(made), set(made["parts"][0])) == (set(Refund.model_fields), set(RefundPart.model_fields))


def test_a_partial_refund_leaves_the_order_paid(desk: Desk) -> None:
    attempt = paid(desk)
    refund(desk, attempt.order_id, amount=as_told("42.00"))
    assert desk.statuses(attempt) == Statuses("PAID", "PAID", "PARTIALLY_REFUNDED", as_told("342.00"))
    assert str(order_of(desk, attempt.order_id)["amount_refunded"]) == as_told("42.00")
    assert ask_refund(desk, attempt.order_id, amount=as_told("300.01")).status == 422
    assert str(refund(desk, attempt.order_id)["amount"]) == as_told("300.00")
    assert desk.statuses(attempt).order == "REFUNDED"


def test_shares_of_tax_points_and_cashback_add_up_to_the_whole(desk: Desk) -> None:
    attempt = paid(desk)
    made = [refund(desk, attempt.order_id, amount=amount) for amount in (as_told("114.01"), as_told("113.33"), None)]
    assert sum(one["points_taken_back"] for one in made) == 342
    assert [str(one["cashback_taken_back"]) for one in made] == [
        as_told("1.1401"),
        as_told("1.1333"),
        # The rounding is done on the sum of all refunds so far.
        str(Decimal(as_told("3.42")) - Decimal(as_told("2.2734"))),
    ]
    notes = credit_notes(desk, attempt.order_id)
    assert [note[0] for note in notes] == [one["credit_note_number"] for one in made]
    assert [sum(Decimal(note[place]) for note in notes) for place in (1, 2)] == [
        Decimal(as_told("342.00")),
        Decimal(as_told("42.00")),
    ]
    assert balances(desk.customer.id).points == 0
    record = desk.run("select status, taken_back from cashback_records where order_id = :id", id=attempt.order_id)
    assert record == [["CANCELLED", Decimal("3.420")]]


def test_credit_notes_and_refunds_are_numbered_without_gaps(desk: Desk) -> None:
    attempt = paid(desk)
    made = [refund(desk, attempt.order_id, amount=10) for _ in range(2)]
    assert ask_refund(desk, attempt.order_id, amount=1000).status == 422
    made.append(refund(desk, attempt.order_id, amount=10))
    for name in ("refund_number", "credit_note_number"):
        numbers = [int(one[name].rpartition("-")[2]) for one in made]
        assert numbers == list(range(numbers[0], numbers[0] + 3))


def test_a_credit_note_says_what_its_invoice_said(desk: Desk) -> None:
    order_id = paid(desk).order_id
    made = refund(desk, order_id, amount=as_told("114.00"))
    invoice, note = desk.run(
        """
        select i.snapshot || jsonb_build_object('invoice_number', i.invoice_number), n.snapshot
        from credit_notes n join invoices i on i.id = n.invoice_id where n.order_id = :id
        """,
        id=order_id,
    )[0]
    for name in ("invoice_number", "order_number", "seller", "buyer", "currency", "tax_rate"):
        assert note[name] == invoice[name]
    assert (note["refund_number"], note["reason"], note["amount"], note["tax_amount"]) == (
        made["refund_number"],
        WHY,
        114,
        14,
    )


def test_earned_points_that_are_spent_become_a_debt_that_the_next_earning_pays(desk: Desk) -> None:
    first = paid(desk)
    desk.ask_to_pay(desk.order()["id"], points_to_use=300)
    assert balances(desk.customer.id).points == 42
    assert refund(desk, first.order_id)["points_taken_back"] == 342
    assert balances(desk.customer.id).points == 0
    # The next order earns 342 points, of which 300 pay the debt.
    paid(desk)
    assert balances(desk.customer.id).points == 42


@db.in_transaction
def credit_cashback(tx: Transaction, order_id: str) -> None:
    record_id = tx.value(UUID, "select id from cashback_records where order_id = :id", id=order_id)
    credit(tx, *lock_cashback(tx, record_id))


def test_credited_cashback_that_is_used_becomes_a_debt_that_the_next_credit_pays(desk: Desk) -> None:
    first = paid(desk).order_id
    credit_cashback(first)
    second = desk.pay(desk.order()["id"], cashback_to_use=as_told("3.00"))
    assert str(refund(desk, first, amount=as_told("171.00"))["cashback_taken_back"]) == as_told("1.71")
    assert balances(desk.customer.id).cashback == as_told("0.00")
    desk.happens(second.invoice_id, "paid")
    credit_cashback(second.order_id)
    # 3.42 of which the 1.29 that were not there any more are paid first.
    assert balances(desk.customer.id).cashback == as_told("2.13")


def test_balances_go_back_where_they_came_from_before_any_money(desk: Desk) -> None:
    give(desk.customer.id, wallet="100", cashback="20", points=4000)
    attempt = paid(desk, **ALL_THREE)
    first = refund(desk, attempt.order_id, amount=as_told("50.00"))
    second = refund(desk, attempt.order_id, amount=as_told("200.00"))
    last = refund(desk, attempt.order_id)
    assert parts_of(first) == [("POINTS", "POINTS", as_told("40.00")), ("CASHBACK", "CASHBACK", as_told("10.00"))]
    assert parts_of(second) == [
        ("CASHBACK", "CASHBACK", as_told("10.00")),
        ("WALLET", "WALLET", as_told("100.00")),
        ("GATEWAY", "WALLET", as_told("90.00")),
    ]
    assert parts_of(last) == [("GATEWAY", "WALLET", as_told("92.00"))]
    has = balances(desk.customer.id)
    assert (has.points, has.cashback, has.wallet) == (4000, as_told("20.00"), as_told("282.00"))
    assert desk.statuses(attempt) == Statuses("REFUNDED", "REFUNDED", "REFUNDED", as_told("342.00"))


def test_points_come_back_in_shares_that_add_up_and_can_be_used(desk: Desk) -> None:
    give(desk.customer.id, points=1001)
    order_id = paid(desk, points_to_use=1001).order_id
    # The lots that they were spent from expire meanwhile, and so do the points that the order earned.
    desk.run("update points_lots set expires_at = now() - interval '1 day' where user_id = :id", id=desk.customer.id)
    made = [refund(desk, order_id, amount=amount) for amount in (as_told("3.33"), as_told("3.33"), as_told("3.36"))]
    assert [part["source"] for one in made for part in one["parts"]] == ["POINTS", "POINTS", "POINTS", "GATEWAY"]
    assert sum(part["points"] for one in made for part in one["parts"]) == 1001
    alive = "select sum(points_left) from points_lots where user_id = :id and expires_at > now() + interval '29 days'"
    # The refund takes nothing of them for the earned points, because those are gone already.
    assert desk.run(alive, id=desk.customer.id) == [[1001]]


def test_what_balances_alone_cover_needs_no_destination_that_could_take_money(desk: Desk) -> None:
    give(desk.customer.id, wallet="400")
    order_id = desk.order()["id"]
    assert desk.ask_to_pay(order_id, wallet_to_use="342").json["status"] == "PAID"
    made = refund(desk, order_id, "gateway")
    assert (made["status"], parts_of(made)) == ("COMPLETED", [("WALLET", "WALLET", as_told("342.00"))])
    assert balances(desk.customer.id).wallet == as_told("400.00")


def test_money_taken_at_the_desk_can_not_go_by_the_gateway(desk: Desk) -> None:
    order_id = desk.order(payment_status="PAID")["id"]
    reply = ask_refund(desk, order_id, "gateway")
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "amount"])
    assert parts_of(refund(desk, order_id)) == [("MANUAL", "WALLET", as_told("342.00"))]
    assert accounts(desk, order_id) == {"DESK": Decimal(-342), "WALLET": Decimal(342)}


def test_another_currency_goes_to_no_wallet(desk: Desk) -> None:
    attempt = desk.attempt(currency=OTHER_CURRENCY)
    desk.happens(attempt.invoice_id, "paid")
    reply = ask_refund(desk, attempt.order_id)
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "destination"])
    assert parts_of(refund(desk, attempt.order_id, "gateway", amount="42")) == [("GATEWAY", "GATEWAY", "42.00")]


def test_three_decimals_are_refunded_with_three(desk: Desk) -> None:
    item = {"description_en": "Tour", "quantity": 1, "unit_price": "10.005"}
    attempt = desk.attempt(currency="KWD", items=[item], tax_rate=0)
    desk.happens(attempt.invoice_id, "paid")
    reply = ask_refund(desk, attempt.order_id, "manual", amount="0.005", note="in cash")
    assert '"amount":0.005' in reply.text.replace(" ", "")
    assert str(refund(desk, attempt.order_id, "gateway")["amount"]) == "10.000"


@in_egp
def test_a_partly_paid_order_can_be_paid_anew_once_it_is_refunded(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", amount="100")
    desk.resolve(attempt, "settle")
    assert desk.statuses(attempt) == Statuses("ISSUED", "PARTIALLY_PAID", "PAID", as_told("100.00"))
    part = refund(desk, attempt.order_id, amount=as_told("40.00"))
    assert (part["credit_note_number"], part["points_taken_back"]) == (None, 0)
    assert desk.statuses(attempt) == Statuses("ISSUED", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", as_told("60.00"))
    refund(desk, attempt.order_id)
    assert desk.statuses(attempt) == Statuses("ISSUED", "UNPAID", "REFUNDED", as_told("0.00"))
    assert str(order_of(desk, attempt.order_id)["amount_refunded"]) == as_told("0.00")
    assert ask_refund(desk, attempt.order_id).status == 409
    again = desk.pay(attempt.order_id)
    desk.happens(again.invoice_id, "paid")
    assert desk.statuses(again) == Statuses("PAID", "PAID", "PAID", as_told("342.00"))
    assert str(refund(desk, attempt.order_id)["amount"]) == as_told("342.00")


@in_egp
def test_a_refunded_partly_paid_order_can_be_cancelled(desk: Desk) -> None:
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid", amount="100")
    desk.resolve(attempt, "settle")
    refund(desk, attempt.order_id)
    assert desk.employee.client.post(f"/api/orders/{attempt.order_id}/cancel", {}).status == 200


def test_the_same_key_is_the_same_refund(desk: Desk) -> None:
    order_id = paid(desk).order_id
    first = ask_refund(desk, order_id, key="once", amount=10)
    assert ask_refund(desk, order_id, key="once", amount=10).content == first.content
    assert ask_refund(desk, order_id, key="once", amount=11).status == 422
    assert ask_refund(desk, order_id, key="again", amount=10).json["refund_id"] != first.json["refund_id"]
    assert len(refunds_of(desk, order_id)) == 2


def test_a_key_whose_answer_was_lost_answers_the_refund_that_it_made(desk: Desk) -> None:
    order_id = paid(desk).order_id
    first = ask_refund(desk, order_id, key="lost", amount=10)
    desk.run("delete from idempotency_keys where user_id = :id", id=desk.admin.id)
    assert ask_refund(desk, order_id, key="lost", amount=10).content == first.content
    desk.run("delete from idempotency_keys where user_id = :id", id=desk.admin.id)
    desk.run("update refunds set created_at = now() - interval '25 hours' where order_id = :id", id=order_id)
    assert ask_refund(desk, order_id, key="lost", amount=10).json["refund_id"] != first.json["refund_id"]


def test_refunds_are_listed_newest_first_for_owner_and_staff(desk: Desk, desk_of_another: Desk) -> None:
    order_id = paid(desk).order_id
    made = [refund(desk, order_id, amount=amount)["refund_number"] for amount in (1, 2, 3)]
    path = f"/api/orders/{order_id}/refunds"
    assert [one["refund_number"] for one in desk.customer.client.get(path).json] == made[::-1]
    page = desk.employee.client.get(f"{path}?limit=2")
    following = page.headers["Link"].split(">")[0].removeprefix("<")
    assert [one["refund_number"] for one in desk.employee.client.get(following[following.index("/api") :]).json] == made[:1]
    assert desk_of_another.customer.client.get(path).status == 404
    assert desk.customer.client.get(f"/api/orders/{NOBODY}/refunds").status == 404


def test_an_order_without_refunds_has_an_empty_list(desk: Desk) -> None:
    assert desk.customer.client.get(f"/api/orders/{desk.order()['id']}/refunds").json == []


def test_a_refund_is_in_the_audit_log_and_among_the_customers_transactions(desk: Desk) -> None:
    order_id = paid(desk).order_id
    made = refund(desk, order_id, amount=as_told("42.00"))
    audited: dict[str, Any]
    ((audited,),) = desk.run(
        "select after from audit_log where entity = 'order' and entity_id = :id and action = 'refund'", id=order_id
    )
    assert (audited["refund_number"], audited["amount"], audited["reason"]) == (made["refund_number"], as_told("42.00"), WHY)
    posted = desk.run(
        "select kind, reference_id::text from ledger_transactions where order_id = :id and reference_type = 'REFUND' and "
        "kind = 'REFUND'",
        id=order_id,
    )
    assert posted == [["REFUND", made["refund_id"]]]
