"""Whoever has a part of what opens an account tries each way back into it, and comes no further than that part reaches."""

from typing import Any
from uuid import UUID

import pytest

from lib import db
from lib.db import Transaction
from lib.security.codes import Purpose, digits_of, make_code
from tests.functions.people.owners import PASSWORD, PATH, Owner
from tests.support.clients import Client, Reply
from tests.support.money import Desk

NEW_PASSWORD = "Quite-Other-987"
NEEDS_CODE = [("DELETE", PATH), ("POST", f"{PATH}/recovery-codes"), ("DELETE", "/api/auth/me")]


@db.in_transaction
def mailed(tx: Transaction, purpose: Purpose, email: str) -> UUID:
    return make_code(tx, purpose, email)


def code_in_mailbox(purpose: Purpose, owner: Owner) -> dict[str, str]:
    """What whoever reads the owner's mail gets, once they have asked for it."""
    return {"email": owner.email, "code": digits_of(mailed(purpose, owner.email))}


@pytest.fixture
def anyone(desk: Desk) -> Client:
    return Client(desk.system.base_url)


@pytest.fixture
def owner(desk: Desk) -> Owner:
    return Owner(desk, "ADMIN").protect()


def assert_as_it_was(owner: Owner) -> None:
    """The account opens with the password and a code, and without a code it does not."""
    assert owner.log_in().json["code"] == "second_factor_required"
    assert owner.log_in(otp=owner.recovery_codes[-1]).status == 200


def test_whoever_reads_the_mail_sets_a_password_and_still_needs_a_code(anyone: Client, owner: Owner) -> None:
    reset = {**code_in_mailbox("RESET", owner), "new_password": NEW_PASSWORD}
    assert anyone.post("/api/auth/reset-password", reset).status == 200
    for given in ({}, {"otp": "000000x"}, {"otp": reset["code"]}):
        refused = owner.log_in(NEW_PASSWORD, **given)
        assert (refused.status, refused.json["code"]) == (401, "second_factor_required")
    assert owner.client.get("/api/auth/me").status == 401
    # The owner, whose app it is, gets in with what the reset has left.
    assert owner.log_in(NEW_PASSWORD, otp=owner.code()).status == 200


@pytest.mark.parametrize("purpose", ["RESET", "VERIFY"])
def test_a_code_by_mail_is_no_code_of_the_app(owner: Owner, purpose: Purpose) -> None:
    assert owner.log_in(otp=code_in_mailbox(purpose, owner)["code"]).json["code"] == "second_factor_required"
    assert_as_it_was(owner)


def test_proving_the_address_opens_nothing(anyone: Client, owner: Owner) -> None:
    proof = code_in_mailbox("VERIFY", owner)
    assert anyone.post("/api/auth/reset-password", {**proof, "new_password": NEW_PASSWORD}).status == 400
    assert anyone.post("/api/auth/verify-email", proof).status == 200
    assert_as_it_was(owner)


def test_registering_the_address_takes_nothing(anyone: Client, owner: Owner) -> None:
    form = {"email": owner.email, "password": NEW_PASSWORD, "first_name": "Eve", "last_name": "Eve"}
    assert anyone.post("/api/auth/register", form).status == 409
    assert_as_it_was(owner)


@pytest.mark.parametrize(("method", "path"), NEEDS_CODE)
@pytest.mark.parametrize("given", [{"password": "Wrong-Way-2026", "otp": "CODE"}, {"password": PASSWORD}])
def test_whoever_has_a_session_lacks_the_rest(owner: Owner, method: str, path: str, given: dict[str, str]) -> None:
    body = {**given, **({"otp": owner.recovery_codes[0]} if "otp" in given else {})}
    assert owner.client.call(method, path, body).status == 422
    assert_as_it_was(owner)


def test_whoever_has_a_session_and_the_password_sets_up_no_app_of_theirs(owner: Owner) -> None:
    for given in ({}, {"otp": "000000x"}):
        assert owner.client.post(PATH, {"password": PASSWORD, **given}).status == 422
    assert owner.confirm("123456").status == 409
    assert_as_it_was(owner)


def test_changing_the_password_leaves_the_second_factor(owner: Owner) -> None:
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert owner.client.post("/api/auth/change-password", change).status == 200
    assert owner.log_in(NEW_PASSWORD).json["code"] == "second_factor_required"
    assert owner.log_in(NEW_PASSWORD, otp=owner.code()).status == 200


def used(owner: Owner, method: str, path: str, otp: str) -> Reply:
    return owner.client.call(method, path, {"password": PASSWORD, "otp": otp})


@pytest.mark.parametrize("kind", ["app", "recovery"])
@pytest.mark.parametrize(("method", "path"), NEEDS_CODE)
def test_a_code_that_was_overheard_opens_nothing_else(owner: Owner, method: str, path: str, kind: str) -> None:
    otp = owner.code() if kind == "app" else owner.recovery_codes[0]
    assert owner.log_in(otp=otp).status == 200
    refused = used(owner, method, path, otp)
    assert (refused.status, refused.json["errors"][0]["loc"]) == (422, ["body", "otp"])
    assert_as_it_was(owner)


@pytest.mark.parametrize(("method", "path"), NEEDS_CODE)
def test_another_s_codes_open_nothing(desk: Desk, owner: Owner, method: str, path: str) -> None:
    other = Owner(desk, "ADMIN").protect()
    assert used(owner, method, path, other.recovery_codes[0]).status == 422
    assert used(owner, method, path, other.code()).status in (422, 429)
    assert_as_it_was(owner)
    assert_as_it_was(other)


def test_a_secret_that_was_taken_off_opens_nothing_when_another_is_set_up(desk: Desk, owner: Owner) -> None:
    stolen: Any = (owner.code(1), owner.recovery_codes[1])
    chief = Owner(desk, "SUPER_ADMIN")
    assert chief.client.delete(f"/api/admin/users/{owner.id}/second-factor").status == 204
    owner.client.token = owner.log_in().json["access_token"]
    owner.protect()
    for otp in stolen:
        assert owner.log_in(otp=otp).json["code"] == "second_factor_required"
    assert_as_it_was(owner)


def test_no_token_but_one_s_own_gets_one_s_data(desk: Desk, anyone: Client, owner: Owner) -> None:
    session = owner.log_in(otp=owner.code()).json
    stranger = Owner(desk, "CUSTOMER")
    for token in (session["refresh_token"], "", f"{session['access_token']}x"):
        assert Client(desk.system.base_url, token).get("/api/auth/me/export").status == 401
    assert anyone.get("/api/auth/me/export", headers={"Cookie": f"access_token={session['access_token']}"}).status == 401
    for path in ("/api/auth/me/export", f"/api/auth/me/export?user_id={owner.id}"):
        assert owner.email not in stranger.client.get(path).text
    # Staff have no way to it either.
    assert desk.admin.client.get(f"/api/admin/users/{owner.id}/export").status == 404
