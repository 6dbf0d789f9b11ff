import secrets as randomness
import uuid
from uuid import UUID

import pytest

from lib.errors import InvalidToken
from lib.security import callers, tokens
from lib.security.callers import Caller
from lib.security.tokens import Claims
from tests.support.database import run


@pytest.fixture
def signed_in(database: str) -> Claims:
    return _sign_in(database)


def _sign_in(database: str) -> Claims:
    [[user_id, session_id]] = run(
        database,
        """
        with person as (
            insert into users (email, password_hash, first_name, last_name, role)
            values (:email, '!', 'Mona', 'Ali', 'AGENT') returning id
        )
        insert into sessions (user_id) select id from person returning user_id, id
        """,
        email=f"{randomness.token_hex(8)}@example.com",
    )
    return Claims(user_id, session_id)


def _let_seconds_pass(claims: Claims, seconds: float) -> None:
    seen_at, caller = callers._cache[claims.session_id]
    callers._cache[claims.session_id] = (seen_at - seconds, caller)


def _end(database: str, session_id: UUID) -> None:
    run(database, "update sessions set ended_at = now(), end_reason = 'LOGOUT' where id = :id", id=session_id)


def test_a_token_leads_to_its_caller(signed_in: Claims) -> None:
    caller = callers.identify(tokens.issue(signed_in))
    assert caller == Caller(signed_in.user_id, signed_in.session_id, "AGENT")
    assert caller.is_staff


def test_a_customer_is_no_staff() -> None:
    assert not Caller(uuid.uuid4(), uuid.uuid4(), "CUSTOMER").is_staff


def test_a_session_that_was_ended_elsewhere_is_noticed_within_30_seconds(database: str, signed_in: Claims) -> None:
    token = tokens.issue(signed_in)
    callers.identify(token)
    _end(database, signed_in.session_id)
    _let_seconds_pass(signed_in, 30.1)
    with pytest.raises(InvalidToken):
        callers.identify(token)


def test_a_session_that_was_ended_here_is_noticed_at_once(database: str, signed_in: Claims) -> None:
    token = tokens.issue(signed_in)
    callers.identify(token)
    _end(database, signed_in.session_id)
    callers.forget(signed_in.session_id)
    with pytest.raises(InvalidToken):
        callers.identify(token)


@pytest.mark.parametrize(("column", "age"), [("last_used_at", "30 days"), ("created_at", "90 days")])
def test_an_access_token_does_not_outlive_its_session(database: str, signed_in: Claims, column: str, age: str) -> None:
    token = tokens.issue(signed_in)
    callers.identify(token)
    run(database, f"update sessions set {column} = now() - interval '{age}' where id = :id", id=signed_in.session_id)  # noqa: S608 - of this file
    _let_seconds_pass(signed_in, 30.1)
    with pytest.raises(InvalidToken):
        callers.identify(token)


def test_a_changed_role_is_noticed_within_30_seconds(database: str, signed_in: Claims) -> None:
    token = tokens.issue(signed_in)
    callers.identify(token)
    run(database, "update users set role = 'CUSTOMER' where id = :id", id=signed_in.user_id)
    _let_seconds_pass(signed_in, 30.1)
    assert callers.identify(token).role == "CUSTOMER"


def test_a_deactivated_user_is_noticed_within_30_seconds(database: str, signed_in: Claims) -> None:
    token = tokens.issue(signed_in)
    callers.identify(token)
    run(database, "update users set status = 'SUSPENDED', is_active = false where id = :id", id=signed_in.user_id)
    _let_seconds_pass(signed_in, 30.1)
    with pytest.raises(InvalidToken):
        callers.identify(token)


def test_a_caller_who_was_just_seen_costs_no_statement(signed_in: Claims, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.issue(signed_in)
    first = callers.identify(token)
    monkeypatch.setattr(callers, "_look_up", None)
    assert callers.identify(token) == first


def test_a_token_for_another_users_session_is_refused_even_if_that_is_remembered(database: str, signed_in: Claims) -> None:
    other = _sign_in(database)
    callers.identify(tokens.issue(other))
    with pytest.raises(InvalidToken):
        callers.identify(tokens.issue(Claims(signed_in.user_id, other.session_id)))


def test_a_session_that_never_was_is_refused(signed_in: Claims) -> None:
    with pytest.raises(InvalidToken):
        callers.identify(tokens.issue(Claims(signed_in.user_id, uuid.uuid4())))


def test_no_more_than_a_bounded_number_of_callers_is_remembered(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "_MOST_CACHED", 3)
    for _ in range(8):
        callers.identify(tokens.issue(_sign_in(database)))
        assert len(callers._cache) <= 3
