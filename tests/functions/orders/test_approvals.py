"""What is large and done by hand waits for another administrator: asked for by one, decided once by another."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from lib.config import config
from tests.contract.test_every_route import BOOKING
from tests.support.asgi import AsgiClient, AsgiResponse
from tests.support.balances import balances, give
from tests.support.currencies import as_told
from tests.support.functions import client_of
from tests.support.money import Desk, at_once
from tests.support.people import Person, make_person

LIMIT = "1000"
WAITS = "/api/admin/approvals"
# A booking as the app's form sends it.
FORM = {
    "booking_type": "TRIP",
    "destination": "Luxor",
    "start_date": "2047-05-01",
    "end_date": "2047-05-03",
    "original_price": 500,
    "currency": "EGP",
}


@dataclass(frozen=True)
class Limited:
    """The functions in this process, where all above LIMIT waits."""

    desk: Desk
    other: Person
    apps: dict[str, AsgiClient]

    def call(self, person: Person, method: str, path: str, body: object = None, key: str | None = None) -> AsgiResponse:
        name = "orders" if path.startswith(("/api/orders", WAITS)) else path.split("/")[2]
        app = self.apps[name if name in self.apps else "loyalty"]
        headers = {"Authorization": f"Bearer {person.client.token}", **({"Idempotency-Key": key} if key else {})}
        return app.open(path, method=method, json={} if body is None else body, headers=headers)

    def ask(self, path: str, body: object = None, key: str | None = None) -> AsgiResponse:
        return self.call(self.desk.admin, "POST", path.replace("USER", self.desk.customer.id), body, key)

    def decide(self, approval_id: str, decision: str = "approve", by: Person | None = None) -> AsgiResponse:
        body = {"reason": "too much"} if decision == "reject" else {}
        return self.call(by or self.other, "POST", f"{WAITS}/{approval_id}/{decision}", body)

    def deposit(self, amount: object, key: str | None = None) -> AsgiResponse:
        return self.ask("/api/wallet/deposit?user_id=USER", {"amount": amount, "description_en": "Prize"}, key)

    def paid(self, price: int) -> str:
        items = [{"description_en": "Tour", "quantity": 1, "unit_price": price}]
        return str(self.desk.order(items=items, tax_rate=0, payment_status="PAID")["id"])

    def refund(self, order_id: str, key: str | None = None, **fields: Any) -> AsgiResponse:
        body = {"reason": "called off", "destination": "wallet", **fields}
        return self.ask(f"/api/orders/{order_id}/refund", body, key)

    def waiting(self) -> list[dict[str, Any]]:
        """What waits for this customer."""
        rows = self.call(self.desk.admin, "GET", f"{WAITS}?status=PENDING&limit=100").json
        return [row for row in rows if row["user_id"] == self.desk.customer.id]


@pytest.fixture
def limited(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Limited]:
    monkeypatch.setenv("APPROVAL_LIMIT", LIMIT)
    config.cache_clear()
    apps = {name: client_of(name) for name in ("loyalty", "orders", "bookings")}
    yield Limited(desk, make_person(desk.system, "ADMIN"), apps)
    monkeypatch.undo()
    config.cache_clear()


def pending(reply: AsgiResponse) -> str:
    """The id of what now waits."""
    assert (reply.status_code, reply.json["status"]) == (202, "pending_approval"), reply.text
    return str(reply.json["approval_id"])


ADDITIONS = {
    "DEPOSIT": ("/api/wallet/deposit?user_id=USER", {"amount": "1000.01"}, as_told("1000.01")),
    # One point is worth 0.01.
    "ADD_POINTS": ("/api/admin/points/add?user_id=USER&points=100001&reason=sorry", {}, "100001"),
    "ADD_CASHBACK": ("/api/cashback/admin/add?user_id=USER&amount=1000.01&reason=sorry", {}, as_told("1000.01")),
}


@pytest.mark.parametrize("kind", ADDITIONS)
def test_a_large_addition_moves_nothing_until_another_administrator_approves_it(limited: Limited, kind: str) -> None:
    path, body, amount = ADDITIONS[kind]
    approval_id = pending(limited.ask(path, body))
    customer = limited.desk.customer.id
    assert balances(customer).wallet == balances(customer).cashback == as_told("0.00")
    assert balances(customer).points == 0
    (row,) = limited.waiting()
    assert (row["id"], row["kind"], Decimal(str(row["amount"]))) == (approval_id, kind, Decimal(amount))
    assert row["asked_by_user_id"] == limited.desk.admin.id
    decided = limited.decide(approval_id)
    assert (decided.status_code, decided.json["status"], decided.json["decided_by_user_id"]) == (
        200,
        "APPROVED",
        limited.other.id,
    )
    has = balances(customer)
    assert {"DEPOSIT": has.wallet, "ADD_POINTS": str(has.points), "ADD_CASHBACK": has.cashback}[kind] == amount
    moved = limited.desk.run("select kind from desk_movements where transaction_id = :id", id=decided.json["result_id"])
    assert moved == [[kind]]


@pytest.mark.parametrize(("amount", "status"), [("1000.00", 200), ("1000.01", 202)])
def test_the_limit_itself_does_not_wait(limited: Limited, amount: str, status: int) -> None:
    assert limited.deposit(amount).status_code == status


def test_nothing_waits_without_a_limit(desk: Desk) -> None:
    reply = desk.admin.client.post(f"/api/wallet/deposit?user_id={desk.customer.id}", {"amount": 10_000_000})
    assert reply.status == 200


@pytest.mark.parametrize(
    "second",
    [
        ("/api/wallet/deposit?user_id=USER", {"amount": "400.01"}),
        ("/api/admin/points/add?user_id=USER&points=40001", {}),
        ("/api/cashback/admin/add?user_id=USER&amount=400.01", {}),
    ],
)
def test_many_small_ones_within_a_day_count_together(limited: Limited, second: tuple[str, object]) -> None:
    assert limited.deposit(300).status_code == 200
    assert limited.ask("/api/admin/points/add?user_id=USER&points=30000").status_code == 200
    pending(limited.ask(*second))


def test_a_refund_counts_and_what_waits_counts_too(limited: Limited) -> None:
    assert limited.refund(limited.paid(600)).status_code == 201
    pending(limited.deposit("400.01"))
    # 600 and 400.01 were asked for.
    pending(limited.deposit("0.01"))


def test_what_was_rejected_or_is_older_than_a_day_counts_no_more(limited: Limited) -> None:
    assert limited.decide(pending(limited.deposit(5000)), "reject").status_code == 200
    assert limited.deposit(600).status_code == 200
    pending(limited.deposit(500))
    sql = "update {} set created_at = now() - interval '25 hours' where user_id = :id"
    limited.desk.run(sql.format("approvals") + " and status = 'PENDING'", id=limited.desk.customer.id)
    limited.desk.run("alter table desk_movements disable trigger user")
    limited.desk.run(sql.format("desk_movements"), id=limited.desk.customer.id)
    limited.desk.run("alter table desk_movements enable trigger user")
    assert limited.deposit(900).status_code == 200


def test_another_customer_s_sums_do_not_count(limited: Limited) -> None:
    assert limited.deposit(900).status_code == 200
    neighbour = make_person(limited.desk.system, "CUSTOMER")
    reply = limited.call(limited.desk.admin, "POST", f"/api/wallet/deposit?user_id={neighbour.id}", {"amount": 900})
    assert reply.status_code == 200


def test_many_at_once_do_not_pass_the_limit_together(limited: Limited) -> None:
    replies = at_once(*[lambda: limited.deposit(300)] * 6)
    assert sorted(reply.status_code for reply in replies) == [200] * 3 + [202] * 3
    assert balances(limited.desk.customer.id).wallet == as_told("900.00")


def test_the_one_who_asked_does_not_decide(limited: Limited) -> None:
    approval_id = pending(limited.deposit(2000))
    for decision in ("approve", "reject"):
        refused = limited.decide(approval_id, decision, limited.desk.admin)
        assert (refused.status_code, refused.json["code"]) == (403, "own_request")
    assert balances(limited.desk.customer.id).wallet == as_told("0.00")


def test_the_one_who_gains_does_not_decide(limited: Limited) -> None:
    gains = make_person(limited.desk.system, "ADMIN")
    asked = limited.call(limited.desk.admin, "POST", f"/api/wallet/deposit?user_id={gains.id}", {"amount": 2000})
    refused = limited.decide(pending(asked), by=gains)
    assert (refused.status_code, refused.json["code"]) == (403, "own_account")


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_only_administrators_decide(limited: Limited, decision: str) -> None:
    approval_id = pending(limited.deposit(2000))
    for person in (limited.desk.employee, limited.desk.customer):
        assert limited.decide(approval_id, decision, person).status_code == 403


def test_it_is_decided_once_whoever_decides_at_the_same_moment(limited: Limited) -> None:
    approval_id = pending(limited.deposit(2000))
    others = [make_person(limited.desk.system, "ADMIN") for _ in range(3)]
    works = [
        lambda by=by, decision=decision: limited.decide(approval_id, decision, by)
        for by in others
        for decision in ("approve", "reject")
    ]
    replies = at_once(*works)
    assert sorted(reply.status_code for reply in replies) == [200] + [409] * 5
    decided = limited.desk.run("select status from approvals where id = :id", id=approval_id)[0][0]
    assert balances(limited.desk.customer.id).wallet == (as_told("2000.00") if decided == "APPROVED" else as_told("0.00"))


def test_what_was_rejected_says_why_and_moves_nothing(limited: Limited) -> None:
    told = limited.decide(pending(limited.deposit(2000)), "reject").json
    assert (told["status"], told["rejection_reason"], told["result_id"]) == ("REJECTED", "too much", None)
    assert balances(limited.desk.customer.id).wallet == as_told("0.00")
    assert limited.waiting() == []


def test_the_same_request_twice_is_one_that_waits(limited: Limited) -> None:
    key = f"deposit-{limited.desk.customer.id}"
    assert pending(limited.deposit(2000, key)) == pending(limited.deposit(2000, key))
    assert len(limited.waiting()) == 1


def test_a_large_refund_waits_and_is_made_as_it_was_asked_for(limited: Limited) -> None:
    order_id = limited.paid(3000)
    approval_id = pending(limited.refund(order_id, amount="1500"))
    assert limited.desk.customer.client.get(f"/api/orders/{order_id}").json["amount_refunded"] == 0
    (row,) = limited.waiting()
    assert (row["kind"], row["order_id"], row["reason"]) == ("REFUND", order_id, "called off")
    decided = limited.decide(approval_id)
    assert decided.status_code == 200, decided.text
    (refund,) = limited.desk.customer.client.get(f"/api/orders/{order_id}/refunds").json
    assert (refund["refund_id"], refund["status"]) == (decided.json["result_id"], "COMPLETED")
    assert (refund["amount"], balances(limited.desk.customer.id).wallet) == (Decimal(as_told("1500.00")), as_told("1500.00"))


def test_a_refund_is_asked_for_once_by_one_key(limited: Limited) -> None:
    order_id = limited.paid(3000)
    first = pending(limited.refund(order_id, "key-of-a-refund", amount="1500"))
    limited.desk.run("delete from idempotency_keys where user_id = :id", id=limited.desk.admin.id)
    # As if the process had died before it stored its answer.
    assert pending(limited.refund(order_id, "key-of-a-refund", amount="1500")) == first


def test_a_refund_that_can_t_be_made_any_more_stays_and_can_be_rejected(limited: Limited) -> None:
    order_id = limited.paid(1200)
    approval_id = pending(limited.refund(order_id))
    assert (
        limited.desk.admin.client.post(f"/api/orders/{order_id}/refund", {"reason": "gone", "destination": "wallet"}).status
        == 201
    )
    refused = limited.decide(approval_id)
    assert (refused.status_code, refused.json["code"]) == (409, "illegal_move")
    assert limited.decide(approval_id, "reject").status_code == 200


def test_a_refund_in_a_currency_whose_rate_nobody_has_set_waits(limited: Limited) -> None:
    items = [{"description_en": "Tour", "quantity": 1, "unit_price": 10}]
    order_id = limited.desk.order(items=items, tax_rate=0, currency="OMR", payment_status="PAID")["id"]
    pending(limited.refund(order_id, destination="manual", note="in cash"))


def test_a_booking_with_a_large_refund_is_cancelled_and_its_money_waits(limited: Limited) -> None:
    item = {"item_type": "ROOM", "description_en": "Room", "quantity": 1, "unit_price": 2000}
    made = limited.desk.employee.client.post(
        "/api/bookings", {**BOOKING, "user_id": limited.desk.customer.id, "items": [item], "tax_rate": 0}
    ).json
    give(limited.desk.customer.id, wallet="2500")
    paid = limited.desk.customer.client.post(f"/api/bookings/{made['id']}/pay", {"wallet_to_use": 2500})
    assert paid.status == 200, paid.text
    cancelled = limited.call(limited.desk.admin, "POST", f"/api/bookings/{made['id']}/cancel", {"refund": "wallet"})
    assert (cancelled.status_code, cancelled.json["status"]) == (200, "CANCELLED")
    (row,) = limited.waiting()
    assert limited.decide(row["id"]).status_code == 200
    assert balances(limited.desk.customer.id).wallet == as_told("2500.00")
    status = limited.desk.run("select status from bookings where id = :id", id=made["id"])
    assert status == [["REFUNDED"]]


def test_many_points_that_a_booking_form_adds_wait_and_the_booking_is_made(limited: Limited) -> None:
    """One of the doors by which balances grow by hand: no form may pass the limit that the desk's own calls keep."""
    form = {**FORM, "user_id": limited.desk.customer.id, "points_action": "ADD", "points_reason": "A welcome"}
    made = limited.ask("/api/bookings/manual-create", {**form, "points_amount": 100_001})
    assert made.status_code == 201, made.text
    assert balances(limited.desk.customer.id).points == 0
    (row,) = limited.waiting()
    assert (row["kind"], row["reason"]) == ("ADD_POINTS", "A welcome")
    assert limited.decide(row["id"]).status_code == 200
    (newest,) = limited.desk.customer.client.get("/api/points/me/transactions").json
    assert (newest["points"], newest["reference_id"], newest["description_en"]) == (100_001, made.json["id"], "A welcome")


def test_many_points_that_an_edited_booking_adds_wait_too(limited: Limited) -> None:
    form = {**FORM, "user_id": limited.desk.customer.id, "wallet_to_use": 0}
    made = limited.ask("/api/bookings/manual-create", form).json
    asked = {"points_action": "ADD", "points_amount": 100_001}
    assert limited.call(limited.desk.admin, "PUT", f"/api/bookings/{made['id']}", asked).status_code == 200
    assert (balances(limited.desk.customer.id).points, len(limited.waiting())) == (0, 1)


def test_the_audit_log_has_who_asked_and_who_decided(limited: Limited) -> None:
    approval_id = pending(limited.deposit(2000))
    limited.decide(approval_id)
    rows = limited.desk.run(
        "select action, actor_id from audit_log where entity = 'approval' and entity_id = :id order by at", id=approval_id
    )
    assert rows == [["ask", UUID(limited.desk.admin.id)], ["approve", UUID(limited.other.id)]]


def test_the_database_itself_lets_nobody_decide_about_what_they_asked_for(limited: Limited) -> None:
    approval_id = pending(limited.deposit(2000))
    sql = """
        update approvals set status = 'REJECTED', rejection_reason = 'no', decided_at = now(), decided_by_user_id = :id
        where id = :approval
        """
    with pytest.raises(Exception, match="approvals_four_eyes"):
        limited.desk.run(sql, id=limited.desk.admin.id, approval=approval_id)
