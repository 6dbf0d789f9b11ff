import ipaddress
import threading
from typing import Any

import pytest

from lib.db import Transaction
from lib.security import passwords, throttle
from tests.functions.auth.accounts import PASSWORD, Account, AuthApp, at_once, some_address, some_email
from tests.support.clients import Reply
from tests.support.database import connected

WRONG = "Wrong123456"


def _fail(app: AuthApp, account: Account, times: int, **options: Any) -> list[int]:
    return [app.log_in(account, WRONG, **options).status for _ in range(times)]


def _pretend(app: AuthApp, account: str, times: int, address: str | None = None) -> None:
    """Failed attempts of a moment ago, each from an address of its own unless one is given."""
    for _ in range(times):
        app.rows(
            "insert into login_attempts (account, address) values (:account, :address)",
            account=account,
            address=address or some_address(),
        )


def _attempts(app: AuthApp, account: Account) -> int:
    [[count]] = app.rows("select count(*) from login_attempts where account = :account", account=account.counted)
    return int(count)


def _assert_throttled(reply: Reply) -> int:
    assert (reply.status, reply.json["code"]) == (429, "too_many_requests"), reply.text
    return int(reply.headers["Retry-After"])


def test_the_sixth_failure_from_one_address_is_throttled_and_so_is_the_right_password(
    app: AuthApp, account: Account
) -> None:
    assert _fail(app, account, 6) == [401] * 5 + [429]
    wait_seconds = _assert_throttled(app.log_in(account, PASSWORD))
    assert 290 <= wait_seconds <= 300


def test_the_owner_gets_in_from_another_address(app: AuthApp, account: Account) -> None:
    _fail(app, account, 6)
    assert app.log_in(account, address=some_address()).status == 200


def test_a_throttled_attempt_is_not_counted(app: AuthApp, account: Account) -> None:
    _fail(app, account, 9)
    assert _attempts(app, account) == 5


def test_two_names_of_one_account_count_apart_as_the_names_of_two_do(app: AuthApp, account: Account) -> None:
    _fail(app, account, 3)
    body = {"username": account.username.upper(), "password": WRONG}
    assert [app.post("login", body).status for _ in range(6)] == [401] * 5 + [429]


def test_an_unknown_account_is_throttled_as_a_known_one(app: AuthApp) -> None:
    email = some_email()
    statuses = [
        app.post("login", {"email": written, "password": WRONG}).status
        for written in (email, email.upper(), f" {email}", email, email, email)
    ]
    assert statuses == [401] * 5 + [429]


def test_an_account_is_throttled_after_20_failures_wherever_they_come_from(app: AuthApp, account: Account) -> None:
    _pretend(app, account.counted, 19)
    assert _fail(app, account, 1) == [401]
    _assert_throttled(app.log_in(account, address=some_address()))


def test_an_address_is_throttled_after_200_failures_whatever_the_account(app: AuthApp, account: Account) -> None:
    app.rows(
        "insert into login_attempts (account, address) select 'x' || n, :address from generate_series(1, 199) n",
        address=app.address,
    )
    assert _fail(app, account, 1) == [401]
    _assert_throttled(app.log_in(account))
    assert app.log_in(account, address=some_address()).status == 200


def test_the_account_is_free_again_when_the_oldest_attempt_leaves_the_window(app: AuthApp, account: Account) -> None:
    _fail(app, account, 5)
    app.rows(
        """
        update login_attempts set at = at - interval '200 seconds'
        where id = (select id from login_attempts where account = :account order by at limit 1)
        """,
        account=account.counted,
    )
    assert 90 <= _assert_throttled(app.log_in(account)) <= 100
    app.rows("update login_attempts set at = at - interval '100 seconds' where account = :account", account=account.counted)
    assert app.log_in(account).status == 200


def test_the_longest_wait_is_told_where_two_limits_are_reached(app: AuthApp, account: Account) -> None:
    _pretend(app, account.counted, 15)
    app.rows(
        "update login_attempts set at = now() - interval '250 seconds' where account = :account", account=account.counted
    )
    _fail(app, account, 5)
    assert 290 <= _assert_throttled(app.log_in(account)) <= 300


def test_a_success_takes_back_what_this_account_failed_from_this_address_alone(app: AuthApp, account: Account) -> None:
    _pretend(app, account.counted, 2)
    _pretend(app, "another", 2, app.address)
    _fail(app, account, 4)
    assert app.log_in(account).status == 200
    assert _attempts(app, account) == 2
    assert app.rows("select count(*) from login_attempts where address = :address", address=app.address) == [[2]]
    assert _fail(app, account, 6) == [401] * 5 + [429]


def test_old_attempts_go_as_new_ones_come(app: AuthApp, account: Account) -> None:
    _pretend(app, account.counted, 3)
    _pretend(app, "another", 3, app.address)
    app.rows("update login_attempts set at = now() - interval '301 seconds'")
    _fail(app, account, 1)
    assert _attempts(app, account) == 1
    assert app.rows("select count(*) from login_attempts where address = :address", address=app.address) == [[1]]


def _count_looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    looked_at: list[str] = []

    def counted(password: str, stored: str | None) -> bool:
        looked_at.append(password)
        return bool(stored and not password)

    monkeypatch.setattr(passwords, "verify", counted)
    return looked_at


def _pause_after_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait between the count and the insert, so that other attempts could get the same count."""
    real = throttle._waits

    def pausing(tx: Transaction, attempt: throttle.Attempt) -> throttle._Waits:
        waits = real(tx, attempt)
        threading.Event().wait(timeout=0.05)
        return waits

    monkeypatch.setattr(throttle, "_waits", pausing)


def test_of_20_guesses_at_once_5_are_looked_at(app: AuthApp, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = _count_looked_at(monkeypatch)
    _pause_after_counting(monkeypatch)
    statuses = [reply.status for reply in at_once(20, lambda number: app.log_in(account, f"Guess{number}"))]
    assert len(looked_at) == 5
    assert (statuses.count(401), statuses.count(429)) == (5, 15)


def test_of_guesses_at_once_from_many_addresses_20_are_answered(app: AuthApp, account: Account) -> None:
    guesses = at_once(30, lambda number: app.log_in(account, f"Guess{number}", address=some_address()).status)
    assert (guesses.count(401), guesses.count(429)) == (20, 10)


def test_without_the_lock_guesses_at_once_slip_through(
    app: AuthApp, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = _count_looked_at(monkeypatch)
    _pause_after_counting(monkeypatch)
    monkeypatch.setattr(throttle, "_lock", lambda _tx, _attempt: None)
    at_once(20, lambda number: app.log_in(account, f"Guess{number}"))
    assert len(looked_at) > 5


def test_a_right_password_opens_nothing_while_the_throttle_can_not_count(
    app: AuthApp, account: Account, database: str
) -> None:
    with connected(database) as other:
        other.run("begin")
        other.run("lock table login_attempts in access exclusive mode")
        reply = app.log_in(account)
    assert (reply.status, reply.json["code"]) == (503, "busy")
    assert app.rows("select 1 from sessions where user_id = :id::uuid", id=account.id) == []


def test_no_transaction_is_open_while_a_password_is_looked_at(
    app: AuthApp, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    real = passwords.verify

    def watched(password: str, stored: str | None) -> bool:
        [[count]] = app.rows(
            """
            select count(*) from pg_stat_activity
            where datname = current_database() and application_name = 'altayarvip' and state like 'idle in transaction%'
            """
        )
        seen.append(count)
        return real(password, stored)

    monkeypatch.setattr(passwords, "verify", watched)
    assert app.log_in(account).status == 200
    assert seen == [0]


@pytest.mark.parametrize("bits", [64, 56])
def test_the_ipv6_addresses_of_one_home_count_as_one(app: AuthApp, account: Account, bits: int) -> None:
    network = ipaddress.ip_network(("2001:db8:7:900::", bits), strict=False)
    step = network.num_addresses // 8
    addresses = [str(network[number * step]) for number in range(1, 7)]
    assert [app.log_in(account, WRONG, address=one).status for one in addresses] == [401] * 5 + [429]


def test_a_company_that_has_a_whole_48_has_ten_guesses_at_an_account(app: AuthApp, account: Account) -> None:
    addresses = [f"2001:db8:8:{number:x}00::1" for number in range(1, 13)]
    assert [app.log_in(account, WRONG, address=one).status for one in addresses] == [401] * 10 + [429] * 2
    assert app.log_in(account, WRONG, address="2001:db8:9::1").status == 401


def test_a_company_that_has_a_whole_48_is_throttled_whatever_the_account(app: AuthApp, account: Account) -> None:
    app.rows(
        """
        insert into login_attempts (account, address, network)
        select 'x' || n, 'y' || n, '2001:db8:a::/48' from generate_series(1, 400) n
        """
    )
    _assert_throttled(app.log_in(account, address="2001:db8:a:b::1"))
    assert app.log_in(account, address="2001:db8:b::1").status == 200


@pytest.mark.parametrize(
    ("address", "place", "network"),
    [
        ("192.0.2.7", "192.0.2.7", None),
        ("::ffff:192.0.2.7", "192.0.2.7", None),
        ("2001:db8:1:2ff::1", "2001:db8:1:200::/56", "2001:db8:1::/48"),
        ("unknown", "unknown", None),
        ("x" * 10_000, "x" * 64, None),
    ],
)
def test_an_address_is_counted_by_its_place(address: str, place: str, network: str | None) -> None:
    assert throttle.place_of(address) == (place, network)
