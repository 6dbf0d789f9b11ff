import base64
import threading
from datetime import timedelta
from uuid import UUID

import pytest

from functions.auth import sessions
from functions.auth.schemas import LogoutAnswer, TokenPair
from lib.db import Transaction
from lib.security import tokens
from lib.security.tokens import Claims
from tests.functions.auth.accounts import Account, AuthApp, assert_invalid, assert_shape, at_once


def _pass_time(app: AuthApp, account: Account, **time: float) -> None:
    """Move all times of the account's sessions this far into the past."""
    earlier = timedelta(**time)
    app.rows(
        """
        update sessions set created_at = created_at - :earlier::interval, last_used_at = last_used_at - :earlier::interval
        where user_id = :id::uuid
        """,
        earlier=earlier,
        id=account.id,
    )
    app.rows(
        """
        update refresh_tokens set issued_at = issued_at - :earlier::interval, retired_at = retired_at - :earlier::interval
        where session_id in (select id from sessions where user_id = :id::uuid)
        """,
        earlier=earlier,
        id=account.id,
    )


def _end_reasons(app: AuthApp, account: Account) -> list[str | None]:
    rows = app.rows("select end_reason from sessions where user_id = :id::uuid order by created_at", id=account.id)
    return [row[0] for row in rows]


def _signed_in(app: AuthApp, account: Account) -> tuple[str, str]:
    given = app.signed_in(account)
    return given["access_token"], given["refresh_token"]


def test_a_refresh_answers_new_tokens_of_the_same_session(app: AuthApp, account: Account) -> None:
    access, first = _signed_in(app, account)
    reply = app.refresh(first)
    assert_shape(reply, TokenPair)
    assert reply.json["refresh_token"] != first
    assert reply.json["expires_in"] == 86_400
    assert tokens.read(reply.json["access_token"]) == tokens.read(access)
    assert app.me(reply.json["access_token"]).json["id"] == account.id


def test_a_refresh_token_is_256_random_bits_and_is_not_stored_in_clear(app: AuthApp, account: Account) -> None:
    _, first = _signed_in(app, account)
    assert len(base64.urlsafe_b64decode(first + "=")) == 32
    rows = app.rows("select t::text from refresh_tokens t join sessions s on s.id = session_id")
    assert rows
    assert not [row for row in rows if first in row[0]]


def test_an_app_that_always_presents_its_first_token_stays_signed_in_for_as_long_as_a_session_lasts(
    app: AuthApp, account: Account
) -> None:
    _, first = _signed_in(app, account)
    for _ in range(17):
        _pass_time(app, account, days=5)
        access = app.refresh(first).json["access_token"]
        assert app.me(access).status == 200
    _pass_time(app, account, days=5, minutes=1)
    assert app.refresh(first).status == 401


def test_an_app_that_stores_each_successor_stays_signed_in_too(app: AuthApp, account: Account) -> None:
    _, current = _signed_in(app, account)
    for _ in range(10):
        _pass_time(app, account, days=8)
        current = app.refreshed(current)


def test_a_lost_answer_costs_nothing(app: AuthApp, account: Account) -> None:
    _, first = _signed_in(app, account)
    app.refreshed(first)
    _pass_time(app, account, hours=3)
    second = app.refreshed(first)
    third = app.refreshed(second)
    assert app.refresh(third).status == 200


def test_a_successor_that_was_stored_may_be_presented_days_later(app: AuthApp, account: Account) -> None:
    _, first = _signed_in(app, account)
    second = app.refreshed(first)
    _pass_time(app, account, days=20)
    assert app.refresh(second).status == 200


def test_a_token_whose_successor_was_presented_ends_the_family_when_it_comes_back(app: AuthApp, account: Account) -> None:
    access, first = _signed_in(app, account)
    second = app.refreshed(first)
    third = app.refreshed(second)
    assert app.me(access).status == 200
    reply = app.refresh(first)
    assert (reply.status, reply.json["code"]) == (401, "invalid_token")
    assert _end_reasons(app, account) == ["TOKEN_REUSED"]
    for token in (first, second, third):
        assert app.refresh(token).status == 401
    assert app.me(access).status == 401


def test_reuse_ends_that_session_and_no_other(app: AuthApp, account: Account) -> None:
    _, other = _signed_in(app, account)
    _, first = _signed_in(app, account)
    app.refreshed(app.refreshed(first))
    assert app.refresh(first).status == 401
    assert app.refresh(other).status == 200


def test_two_tabs_that_refresh_within_a_minute_both_keep_their_successors(app: AuthApp, account: Account) -> None:
    _, first = _signed_in(app, account)
    one = app.refreshed(first)
    _pass_time(app, account, seconds=55)
    other = app.refreshed(first)
    for _ in range(3):
        one, other = app.refreshed(one), app.refreshed(other)
    assert _end_reasons(app, account) == [None]


def test_a_sibling_of_a_minute_ago_is_retired_when_its_younger_one_is_presented(app: AuthApp, account: Account) -> None:
    _, first = _signed_in(app, account)
    older = app.refreshed(first)
    _pass_time(app, account, seconds=61)
    younger = app.refreshed(first)
    assert app.refresh(younger).status == 200
    assert app.refresh(older).status == 401
    assert _end_reasons(app, account) == ["TOKEN_REUSED"]


def test_a_sibling_of_a_minute_later_is_retired_when_its_older_one_is_presented(app: AuthApp, account: Account) -> None:
    _, first = _signed_in(app, account)
    older = app.refreshed(first)
    _pass_time(app, account, seconds=61)
    younger = app.refreshed(first)
    assert app.refresh(older).status == 200
    assert app.refresh(younger).status == 401


def test_refreshes_of_one_token_at_once_all_succeed(app: AuthApp, account: Account) -> None:
    _, first = _signed_in(app, account)
    successors = at_once(6, lambda _: app.refreshed(first))
    assert len(set(successors)) == 6
    assert [app.refresh(token).status for token in successors] == [200] * 6


def _present_successor_during_refresh(
    app: AuthApp, account: Account, monkeypatch: pytest.MonkeyPatch, patience: float
) -> tuple[list[int], bool]:
    """Uses a successor right after its parent was read for a refresh, which then pauses for up to `patience` seconds.

    Gives the statuses, and whether the successor was answered during the pause.
    """
    _, first = _signed_in(app, account)
    second = app.refreshed(first)
    parent_is_read, successor_is_done = threading.Event(), threading.Event()
    answered_meanwhile: list[bool] = []
    real = sessions._presented_token

    def pausing(tx: Transaction, token_hash: bytes) -> sessions._PresentedToken:
        token = real(tx, token_hash)
        if token_hash == sessions._hash(first):
            parent_is_read.set()
            answered_meanwhile.append(successor_is_done.wait(timeout=patience))
        return token

    def present(number: int) -> int:
        if number == 0:
            return app.refresh(first).status
        parent_is_read.wait(timeout=30)
        status = app.refresh(second).status
        successor_is_done.set()
        return status

    monkeypatch.setattr(sessions, "_presented_token", pausing)
    statuses = at_once(2, present)
    return statuses, answered_meanwhile == [True]


def test_a_successor_that_comes_during_its_parents_refresh_waits_for_it(
    app: AuthApp, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _present_successor_during_refresh(app, account, monkeypatch, patience=1) == ([200, 200], False)


def test_without_the_lock_a_token_is_traded_after_it_was_retired(
    app: AuthApp, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlocked(tx: Transaction, token_hash: bytes) -> Claims:
        sql = "select user_id, s.id from sessions s join refresh_tokens on session_id = s.id where token_hash = :token_hash"
        return Claims(*tx.run(sql, token_hash=token_hash)[0])

    monkeypatch.setattr(sessions, "_lock_session", unlocked)
    assert _present_successor_during_refresh(app, account, monkeypatch, patience=30) == ([200, 200], True)


@pytest.mark.parametrize("token", ["", None, 7, ["x"], {}, "x" * 513, "a\x00", "\ud800"])
def test_what_is_no_token_is_named(app: AuthApp, token: object) -> None:
    assert_invalid(app.post("refresh", {"refresh_token": token}), "body", "refresh_token")


@pytest.mark.parametrize("token", ["x", "A" * 43, "توكن", "' or 1=1 --"])
def test_an_unknown_token_is_refused(app: AuthApp, token: str) -> None:
    reply = app.refresh(token)
    assert (reply.status, reply.json["code"]) == (401, "invalid_token")


def test_an_access_token_is_no_refresh_token_nor_the_other_way_round(app: AuthApp, account: Account) -> None:
    access, first = _signed_in(app, account)
    assert app.refresh(access).status == 401
    assert app.me(first).status == 401


def test_a_session_ends_30_days_after_its_last_use(app: AuthApp, account: Account) -> None:
    _, first = _signed_in(app, account)
    _pass_time(app, account, days=29, hours=23)
    current = app.refreshed(first)
    _pass_time(app, account, days=30, seconds=1)
    assert app.refresh(current).status == 401


def test_a_deactivated_user_can_not_refresh(app: AuthApp, account: Account) -> None:
    _, first = _signed_in(app, account)
    app.rows("update users set status = 'SUSPENDED', is_active = false where id = :id::uuid", id=account.id)
    assert app.refresh(first).status == 401


def test_logging_out_ends_the_session_at_once(app: AuthApp, account: Account) -> None:
    access, first = _signed_in(app, account)
    assert app.me(access).status == 200
    assert_shape(app.post("logout", token=access), LogoutAnswer)
    assert app.me(access).status == 401
    assert app.refresh(first).status == 401
    assert _end_reasons(app, account) == ["LOGOUT"]


def test_logging_out_with_a_refresh_token_ends_its_session_too(app: AuthApp, account: Account) -> None:
    other_access, other = _signed_in(app, account)
    access, _ = _signed_in(app, account)
    assert app.me(other_access).status == 200
    app.post("logout", {"refresh_token": other}, token=access)
    assert app.me(other_access).status == 401
    assert _end_reasons(app, account) == ["LOGOUT", "LOGOUT"]


def test_logging_out_leaves_the_sessions_of_others_alone(app: AuthApp, account: Account) -> None:
    stranger = app.make_account()
    _, theirs = _signed_in(app, stranger)
    access, _ = _signed_in(app, account)
    assert app.post("logout", {"refresh_token": theirs}, token=access).status == 200
    assert app.refresh(theirs).status == 200


def test_logging_out_leaves_other_sessions_of_the_user_alone(app: AuthApp, account: Account) -> None:
    _, other = _signed_in(app, account)
    access, _ = _signed_in(app, account)
    app.post("logout", {"refresh_token": "unknown"}, token=access)
    assert app.refresh(other).status == 200


def test_logging_out_needs_a_session(app: AuthApp, account: Account) -> None:
    _, first = _signed_in(app, account)
    assert app.post("logout", {"refresh_token": first}).status == 401
    assert app.refresh(first).status == 200


def test_a_logout_under_a_key_ends_the_session(app: AuthApp, account: Account) -> None:
    access, first = _signed_in(app, account)
    assert app.post("logout", token=access, key=str(UUID(int=7))).status == 200
    assert app.refresh(first).status == 401


def test_a_wrong_refresh_token_at_logout_is_named_and_ends_nothing(app: AuthApp, account: Account) -> None:
    access, first = _signed_in(app, account)
    assert_invalid(app.post("logout", {"refresh_token": 7}, token=access), "body", "refresh_token")
    assert app.refresh(first).status == 200
