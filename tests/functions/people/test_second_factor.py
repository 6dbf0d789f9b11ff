"""Staff set up a second factor, end it, and have it taken off by administrators."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from functions.people.second_factor_schemas import NewSecret, RecoveryCodes, SecondFactorState
from lib.config import config
from lib.security import second_factors
from lib.security.throttle import CODES_OF_APPS, LOGINS
from tests.functions.people.owners import PASSWORD, PATH, Owner
from tests.support.asgi import AsgiResponse
from tests.support.clients import Client, Reply
from tests.support.functions import client_of
from tests.support.money import Desk, at_once
from tests.support.people import make_person


@pytest.fixture
def owner(desk: Desk) -> Owner:
    return Owner(desk)


def refused_at(reply: Reply) -> tuple[int, list[str]]:
    return reply.status, reply.json["errors"][0]["loc"]


def actions(desk: Desk, user_id: str) -> list[str]:
    rows = desk.run("select action from audit_log where entity_id = :id order by at", id=user_id)
    return [action for (action,) in rows]


def test_an_app_gets_a_secret_and_its_code_sets_the_factor_up(desk: Desk, owner: Owner) -> None:
    begun = owner.begin()
    NewSecret.model_validate(begun.json)
    address = urlsplit(begun.json["otpauth_uri"])
    told = parse_qs(address.query)
    assert (address.scheme, address.netloc, told["secret"], told["issuer"]) == (
        "otpauth",
        "totp",
        [begun.json["secret"]],
        ["AltayarVIP"],
    )
    assert owner.log_in().status == 200
    made = owner.confirm(owner.code())
    RecoveryCodes.model_validate(made.json)
    assert len(set(made.json["recovery_codes"])) == second_factors.RECOVERY_CODES
    assert owner.log_in().json["code"] == "second_factor_required"
    assert owner.log_in(otp=made.json["recovery_codes"][0]).status == 200
    state = owner.client.get(PATH).json
    SecondFactorState.model_validate(state)
    assert state == {"is_set_up": True, "is_required": False, "recovery_codes_left": 9}
    assert actions(desk, owner.id) == ["set-up-second-factor"]


def test_the_code_that_set_it_up_opens_nothing_more(owner: Owner) -> None:
    owner.begin()
    code = owner.code()
    assert owner.confirm(code).status == 200
    assert owner.log_in(otp=code).json["code"] == "second_factor_required"


def test_sessions_that_were_opened_without_a_code_end_but_for_this_one(desk: Desk, owner: Owner) -> None:
    other = Client(desk.system.base_url, owner.log_in().json["access_token"])
    owner.protect()
    assert (other.get("/api/auth/me/sessions").status, owner.client.get("/api/auth/me/sessions").status) == (401, 200)


def test_a_session_alone_sets_nothing_up(owner: Owner) -> None:
    """Else whoever has stolen one could keep the owner out."""
    assert refused_at(owner.begin(password="Wrong-Way-2026")) == (422, ["body", "password"])
    assert owner.client.get(PATH).json["is_set_up"] is False


def test_customers_set_none_up(desk: Desk) -> None:
    customer = Owner(desk, "CUSTOMER")
    assert customer.begin().status == 403
    assert customer.confirm("123456").status == 403


def test_a_wrong_code_sets_nothing_up(owner: Owner) -> None:
    owner.begin()
    for bad in ("000000x", owner.code(-3), owner.code(3)):
        assert refused_at(owner.confirm(bad)) == (422, ["body", "otp"])
    assert owner.log_in().status == 200


def test_confirming_what_was_never_begun_or_is_set_up_is_a_conflict(owner: Owner) -> None:
    assert owner.confirm("123456").status == 409
    owner.protect()
    assert owner.confirm(owner.code()).status == 409


def test_one_that_is_set_up_is_not_replaced(owner: Owner) -> None:
    owner.protect()
    assert refused_at(owner.begin()) == (422, ["body", "otp"])
    assert owner.begin(otp=owner.code()).status == 409
    assert owner.log_in(otp=owner.recovery_codes[0]).status == 200


def test_beginning_again_ends_the_secret_before(owner: Owner) -> None:
    owner.begin()
    first = owner.code()
    owner.begin()
    assert refused_at(owner.confirm(first)) == (422, ["body", "otp"])
    assert owner.confirm(owner.code()).status == 200


def test_confirmed_twice_at_once_it_has_one_set_of_recovery_codes(owner: Owner) -> None:
    owner.begin()
    replies = at_once(*[lambda: owner.confirm(owner.code())] * 3)
    assert sorted(reply.status for reply in replies) == [200, 409, 409]
    [made] = [reply.json["recovery_codes"] for reply in replies if reply.status == 200]
    assert owner.log_in(otp=made[0]).status == 200


def test_guesses_at_a_code_are_throttled(owner: Owner) -> None:
    owner.begin()
    for _ in range(CODES_OF_APPS.per_account_and_place):
        owner.confirm("000000x")
    assert owner.confirm(owner.code()).status == 429


@pytest.mark.parametrize(("method", "path"), [("POST", PATH), ("DELETE", PATH), ("POST", f"{PATH}/recovery-codes")])
def test_guesses_at_the_password_are_throttled(owner: Owner, method: str, path: str) -> None:
    for _ in range(LOGINS.per_account_and_place):
        assert owner.client.call(method, path, {"password": "Wrong-Way-2026"}).status == 422
    assert owner.client.call(method, path, {"password": PASSWORD}).status == 429


def test_ending_it_takes_the_password_and_a_code(desk: Desk, owner: Owner) -> None:
    owner.protect()
    for given, field in (
        ({}, "otp"),
        ({"otp": "000000x"}, "otp"),
        ({"otp": owner.code(), "password": "Wrong-1"}, "password"),
    ):
        assert refused_at(owner.client.call("DELETE", PATH, {"password": PASSWORD, **given})) == (422, ["body", field])
    assert owner.log_in().json["code"] == "second_factor_required"
    ended = owner.client.call("DELETE", PATH, {"password": PASSWORD, "otp": owner.code()})
    assert ended.status == 204, ended.text
    assert owner.log_in().status == 200
    assert owner.client.call("DELETE", PATH, {"password": PASSWORD}).status == 404
    assert actions(desk, owner.id) == ["set-up-second-factor", "end-second-factor"]


def test_a_lost_app_is_replaced_by_way_of_a_recovery_code(owner: Owner) -> None:
    owner.protect()
    assert owner.client.call("DELETE", PATH, {"password": PASSWORD, "otp": owner.recovery_codes[0]}).status == 204
    old = owner.code(1)
    owner.protect()
    assert owner.log_in(otp=old).json["code"] == "second_factor_required"
    assert owner.log_in(otp=owner.code()).status == 200


def test_new_recovery_codes_end_those_before(owner: Owner) -> None:
    assert owner.client.post(f"{PATH}/recovery-codes", {"password": PASSWORD}).status == 404
    owner.protect()
    assert refused_at(owner.client.post(f"{PATH}/recovery-codes", {"password": PASSWORD})) == (422, ["body", "otp"])
    made = owner.client.post(f"{PATH}/recovery-codes", {"password": PASSWORD, "otp": owner.code()})
    assert made.status == 200, made.text
    assert owner.log_in(otp=owner.recovery_codes[1]).json["code"] == "second_factor_required"
    assert owner.log_in(otp=made.json["recovery_codes"][1]).status == 200


def take_off(actor: Any, user_id: str) -> Reply:
    reply: Reply = actor.client.delete(f"/api/admin/users/{user_id}/second-factor")
    return reply


def test_an_administrator_takes_another_s_off_and_its_sessions_end(desk: Desk, owner: Owner) -> None:
    owner.protect()
    assert take_off(desk.admin, owner.id).status == 204
    assert owner.client.get(PATH).status == 401
    assert owner.log_in().status == 200
    [row] = desk.run(
        "select actor_id::text, before, after from audit_log where entity_id = :id and action = 'end-second-factor'",
        id=owner.id,
    )
    assert row == [desk.admin.id, {"second_factor": True}, {"second_factor": False}]
    assert take_off(desk.admin, owner.id).status == 404


@pytest.mark.parametrize("whom", ["EMPLOYEE", "AGENT", "ADMIN", "SUPER_ADMIN"])
@pytest.mark.parametrize("who", ["CUSTOMER", "EMPLOYEE", "AGENT", "ADMIN", "SUPER_ADMIN"])
def test_each_role_takes_it_off_those_that_are_theirs_to_change(desk: Desk, who: str, whom: str) -> None:
    owner = Owner(desk, whom).protect()
    allowed = whom in {"ADMIN": ("EMPLOYEE", "AGENT"), "SUPER_ADMIN": ("EMPLOYEE", "AGENT", "ADMIN", "SUPER_ADMIN")}.get(
        who, ()
    )
    assert take_off(make_person(desk.system, who), owner.id).status == (204 if allowed else 403)
    assert (owner.log_in().status == 200) == allowed


def test_who_is_no_longer_staff_may_still_end_theirs(desk: Desk, owner: Owner) -> None:
    owner.protect()
    assert desk.admin.client.put(f"/api/admin/users/{owner.id}/role?new_role=CUSTOMER").status == 200
    session = owner.log_in(otp=owner.code()).json
    client = Client(desk.system.base_url, session["access_token"])
    assert client.call("DELETE", PATH, {"password": PASSWORD, "otp": owner.recovery_codes[0]}).status == 204


class Strict:
    """The functions in this process, where administrators need a second factor."""

    def __init__(self) -> None:
        self._apps = {name: client_of(name) for name in ("auth", "people", "orders", "invoices")}

    def call(self, name: str, method: str, path: str, token: str, body: object = None) -> AsgiResponse:
        headers = {"Authorization": f"Bearer {token}"}
        data = b"" if body is None else json.dumps(body).encode()
        return self._apps[name].open(path, method=method, data=data, headers=headers, content_type="application/json")

    def token_of(self, owner: Owner, **given: object) -> str:
        body = {"email": owner.email, "password": PASSWORD, **given}
        reply = self.call("auth", "POST", "/api/auth/login", "", body)
        assert reply.status_code == 200, reply.text
        return str(reply.json["access_token"])


@pytest.fixture
def strict(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Strict]:
    assert desk
    monkeypatch.setenv("SECOND_FACTOR_REQUIRED", "true")
    config.cache_clear()
    yield Strict()
    monkeypatch.undo()
    config.cache_clear()


ELSEWHERE = [
    ("auth", "GET", "/api/auth/me"),
    ("auth", "PUT", "/api/auth/me"),
    ("auth", "POST", "/api/auth/change-password"),
    ("people", "GET", "/api/admin/users"),
    ("people", "GET", "/api/auth/me/export"),
    ("people", "DELETE", PATH),
    ("orders", "GET", "/api/orders"),
    ("invoices", "GET", "/api/orders/00000000-0000-0000-0000-000000000000/invoice"),
]


@pytest.mark.parametrize("role", ["ADMIN", "SUPER_ADMIN"])
def test_where_it_is_a_must_an_administrator_without_one_gets_to_setting_it_up_and_no_further(
    desk: Desk, strict: Strict, role: str
) -> None:
    owner = Owner(desk, role)
    token = strict.token_of(owner)
    # Twice, since an instance remembers who called.
    for name, method, path in ELSEWHERE * 2:
        refused = strict.call(name, method, path, token, {} if method != "GET" else None)
        assert (refused.status_code, refused.json["code"]) == (403, "second_factor_setup_required"), path
    assert strict.call("people", "GET", PATH, token).json == {
        "is_set_up": False,
        "is_required": True,
        "recovery_codes_left": 0,
    }
    owner.secret = strict.call("people", "POST", PATH, token, {"password": PASSWORD}).json["secret"]
    assert strict.call("people", "POST", f"{PATH}/confirm", token, {"otp": owner.code()}).status_code == 200
    for name, method, path in ELSEWHERE:
        assert strict.call(name, method, path, token, {} if method != "GET" else None).status_code != 403, path


def test_who_lacks_one_may_log_out(desk: Desk, strict: Strict) -> None:
    token = strict.token_of(Owner(desk, "ADMIN"))
    assert strict.call("auth", "POST", "/api/auth/logout", token, {}).status_code == 200


@pytest.mark.parametrize("role", ["CUSTOMER", "EMPLOYEE", "AGENT"])
def test_it_is_a_must_for_administrators_alone(desk: Desk, strict: Strict, role: str) -> None:
    assert strict.call("auth", "GET", "/api/auth/me", strict.token_of(Owner(desk, role))).status_code == 200


def test_an_administrator_who_has_one_is_let_in_and_may_not_go_on_without(desk: Desk, strict: Strict) -> None:
    owner = Owner(desk, "ADMIN").protect()
    token = strict.token_of(owner, otp=owner.code())
    assert strict.call("people", "GET", "/api/admin/employees", token).status_code == 200
    ended = strict.call("people", "DELETE", PATH, token, {"password": PASSWORD, "otp": owner.recovery_codes[0]})
    assert ended.status_code == 204
    again = strict.token_of(owner)
    assert strict.call("people", "GET", "/api/admin/employees", again).json["code"] == "second_factor_setup_required"
