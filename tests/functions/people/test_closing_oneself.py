"""People close their own account: with their password, once nothing is open, and nothing of theirs is left behind."""

import json
from typing import Any
from uuid import UUID

import pytest

from lib.ledger.verifying import verify_batch
from lib.security.throttle import LOGINS
from tests.functions.people.owners import PASSWORD, Owner
from tests.functions.people.test_closing import BOOKING, IN_THE_WAY
from tests.support.balances import Balances, balances, give
from tests.support.clients import Client, Reply
from tests.support.money import Desk, at_once
from tests.support.people import make_person


@pytest.fixture
def owner(desk: Desk) -> Owner:
    return Owner(desk, person=desk.customer)


def is_open(owner: Owner) -> bool:
    return owner.client.get("/api/auth/me").status == 200


def assert_wrong(reply: Reply, field: str) -> None:
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", field]), reply.text


def test_it_takes_the_password(owner: Owner) -> None:
    assert_wrong(owner.close(password="Wrong-Way-2026"), "password")
    assert_wrong(owner.client.call("DELETE", "/api/auth/me", {}), "password")
    assert owner.client.delete("/api/auth/me").status in (400, 415, 422)
    assert is_open(owner)


@pytest.mark.parametrize("bad", [2, "x", [], {"a": 1}])
def test_a_wish_to_lose_balances_is_a_yes_or_no(owner: Owner, bad: object) -> None:
    assert_wrong(owner.close(forfeit_balances=bad), "forfeit_balances")
    assert is_open(owner)


def test_guesses_at_the_password_are_throttled(owner: Owner) -> None:
    for _ in range(LOGINS.per_account_and_place):
        owner.close(password="Wrong-Way-2026")
    assert owner.close().status == 429
    assert is_open(owner)


def test_with_a_second_factor_it_takes_a_code_too(desk: Desk) -> None:
    owner = Owner(desk, "AGENT").protect()
    assert_wrong(owner.close(), "otp")
    assert_wrong(owner.close(otp="000000x"), "otp")
    assert owner.close(otp=owner.code()).status == 200
    assert desk.run("select 1 from second_factors where user_id = :id", id=owner.id) == []


@pytest.mark.parametrize("words", IN_THE_WAY)
def test_what_is_not_at_its_end_keeps_the_account_open(desk: Desk, owner: Owner, words: str) -> None:
    IN_THE_WAY[words](desk)
    before = balances(owner.id)
    refused = owner.close(forfeit_balances=True)
    assert (refused.status, refused.json["code"]) == (409, "conflict")
    assert words in refused.json["detail"]
    assert balances(owner.id) == before
    assert is_open(owner)


def test_points_and_cashback_are_lost_only_by_whoever_agrees(desk: Desk, owner: Owner) -> None:
    # Its points and its cashback wait, because it was paid by hand.
    desk.order(payment_status="PAID")
    [[waiting]] = desk.run("select points from pending_points where user_id = :id", id=owner.id)
    [[earned]] = desk.run("select cashback_amount from cashback_records where user_id = :id", id=owner.id)
    give(owner.id, points=70, cashback="7.5")
    before = balances(owner.id)
    for agreed in ({}, {"forfeit_balances": False}):
        refused = owner.close(**agreed)
        assert (refused.status, refused.json["code"]) == (409, "balances_would_lapse")
        assert f"{waiting + 70} points" in refused.json["detail"]
        assert f"{float(earned) + 7.5:.2f} EGP of cashback" in refused.json["detail"]
        assert balances(owner.id) == before
    assert owner.close(forfeit_balances=True).json == {"success": True, "message": "Your account is closed"}
    assert balances(owner.id) == Balances()
    assert verify_batch(UUID(int=UUID(owner.id).int - 1), 1).disagreements == []


def test_a_refused_closing_uses_up_no_code(desk: Desk) -> None:
    owner = Owner(desk).protect()
    give(owner.id, points=5)
    code = owner.code()
    assert owner.close(otp=code).status == 409
    assert owner.close(otp=code, forfeit_balances=True).status == 200


def test_its_sessions_end_and_its_names_may_be_registered_anew(desk: Desk, owner: Owner) -> None:
    session = owner.log_in().json
    assert owner.close().status == 200
    assert not is_open(owner)
    assert Client(desk.system.base_url, session["access_token"]).get("/api/wallet/me").status == 401
    anyone = Client(desk.system.base_url)
    assert anyone.post("/api/auth/refresh", {"refresh_token": session["refresh_token"]}).status == 401
    assert owner.log_in().status == 401
    anew = {"email": owner.email, "password": PASSWORD, "first_name": "Mona", "last_name": "Ali", "phone": "01012345678"}
    made = anyone.post("/api/auth/register", anew)
    assert made.status == 201, made.text
    assert made.json["id"] != owner.id
    assert owner.log_in().json["user"]["points"] == {"current_balance": 0, "total_earned": 0}


def test_nothing_but_what_the_law_keeps_says_whose_it_was(desk: Desk, owner: Owner) -> None:
    person: dict[str, Any] = {
        "guest_names": ["Nadia Sayegh"],
        "customer_notes": "Nadia has asthma",
        "start_date": "2047-05-01",
    }
    made = desk.employee.client.post("/api/bookings", {"user_id": owner.id, **BOOKING, **person})
    assert made.status == 201, made.text
    order = desk.order(payment_status="PAID")
    Client(desk.system.base_url).post("/api/auth/forgot-password", {"email": owner.email})
    asked = owner.client.post("/api/bookings", {**BOOKING, **person}, headers={"Idempotency-Key": "mine"})
    assert asked.status == 201, asked.text
    assert desk.run("select count(*) > 1 from mails where recipient = :email", email=owner.email) == [[True]]
    assert owner.close(forfeit_balances=True).status == 200
    for table, column in (
        *(("users", "id"), ("sessions", "user_id"), ("bookings", "user_id"), ("idempotency_keys", "user_id")),
        *(("mails", "user_id"), ("orders", "user_id"), ("payments", "user_id"), ("audit_log", "entity_id")),
    ):
        rows = desk.run(f"select to_jsonb(t)::text from {table} t where {column} = :id", id=owner.id)  # noqa: S608
        for personal in (owner.email, "Mona", "El-Sayed", "01012345678", "127.0.0.1", "Nadia"):
            # The log of what was done, with its address, is proof and stays.
            if (table, personal) != ("audit_log", "127.0.0.1"):
                assert personal not in json.dumps(rows), table
    assert desk.run("select 1 from mails where lower(recipient) = :email", email=owner.email) == []
    assert desk.run("select 1 from account_codes where address = :email", email=owner.email) == []
    assert owner.email in desk.admin.client.get(f"/api/orders/{order['id']}/invoice").text


def test_mails_to_an_address_of_before_go_too(desk: Desk, owner: Owner) -> None:
    desk.order(payment_status="PAID")
    changed = f"new-{owner.email}"
    assert desk.admin.client.put(f"/api/admin/users/{owner.id}", {"email": changed}).status == 200
    assert owner.close(forfeit_balances=True).status == 200
    assert desk.run("select 1 from mails where recipient = :email", email=owner.email) == []


def test_the_log_says_who_closed_it(desk: Desk, owner: Owner) -> None:
    owner.close()
    [row] = desk.run(
        "select actor_id::text, actor_role, before, after from audit_log where entity_id = :id and action = 'close'",
        id=owner.id,
    )
    assert row == [owner.id, "CUSTOMER", {"role": "CUSTOMER", "status": "ACTIVE"}, {"status": "DELETED"}]


def test_closed_twice_at_once_it_is_closed_once(desk: Desk, owner: Owner) -> None:
    give(owner.id, points=70)
    replies = at_once(*[lambda: owner.close(forfeit_balances=True)] * 3)
    assert [reply.status for reply in replies].count(200) == 1, [reply.text for reply in replies]
    assert desk.run("select sum(amount)::integer from desk_movements where user_id = :id", id=owner.id) == [[70]]


def test_who_looked_after_customers_leaves_them_to_nobody(desk: Desk) -> None:
    employee = Owner(desk)
    path = f"/api/admin/users/{desk.customer.id}"
    desk.admin.client.put(f"{path}/assign-employee", {"employee_id": employee.id})
    assert employee.close().status == 200
    assert desk.admin.client.get(f"{path}/details").json["assigned_employee"] is None


def alone(desk: Desk, *owners: Owner) -> None:
    """Leave these as the only ones who are SUPER_ADMIN."""
    desk.run(
        "update users set role = 'ADMIN' where role = 'SUPER_ADMIN' and id <> all(:ids::uuid[])",
        ids=[owner.id for owner in owners],
    )


def test_the_last_super_admin_stays(desk: Desk) -> None:
    owner = Owner(desk, "SUPER_ADMIN")
    alone(desk, owner)
    suspended = make_person(desk.system, "SUPER_ADMIN")
    desk.run("update users set status = 'SUSPENDED', is_active = false where id = :id", id=suspended.id)
    refused = owner.close()
    assert (refused.status, refused.json["code"]) == (409, "conflict")
    assert is_open(owner)
    make_person(desk.system, "SUPER_ADMIN")
    assert owner.close().status == 200


def test_of_the_last_two_who_close_theirs_at_once_one_stays(desk: Desk) -> None:
    owners = [Owner(desk, "SUPER_ADMIN") for _ in range(2)]
    alone(desk, *owners)
    replies = at_once(*[owner.close for owner in owners])
    assert sorted(reply.status for reply in replies) == [200, 409]
