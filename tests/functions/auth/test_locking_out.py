"""Nobody can lock an account out, and what the throttle does tells nobody whether there is one."""

import re
import secrets as randomness
from collections.abc import Callable
from typing import Any

import pytest

from lib.security import passwords
from lib.security.administrators import create_administrator
from tests.functions.auth.accounts import PASSWORD, Account, AuthApp, some_address, some_email
from tests.support.clients import Reply

WRONG = "Wrong123456"


def attack(app: AuthApp, name: str) -> list[Reply]:
    """What strangers with addresses from four places are told, who guess until they are told to wait."""
    homes = [f"2001:{randomness.token_hex(2)}:{randomness.token_hex(2)}" for _ in range(4)]
    places = [[f"{home}::{one}" for one in range(1, 6)] for home in homes]
    wanted = {"identifier": name, "password": WRONG}
    return [app.post("login", wanted, address=address) for place in places for address in place]


def locked(app: AuthApp, account: Account) -> None:
    """Strangers have used up what strangers may do."""
    assert [reply.status for reply in attack(app, account.email)] == [401] * 20
    refused = app.log_in(account, address=some_address())
    assert (refused.status, refused.json["code"]) == (429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 300


def device_cookie(reply: Reply) -> str:
    """The cookie as a device sends it back."""
    return str(reply.headers["Set-Cookie"].partition(";")[0])


def test_an_owner_gets_in_from_a_place_where_they_were_before(app: AuthApp, account: Account) -> None:
    assert app.log_in(account).status == 200
    locked(app, account)
    assert app.log_in(account).status == 200


def test_a_place_is_known_for_its_own_accounts_alone(app: AuthApp, account: Account) -> None:
    assert app.log_in(app.make_account()).status == 200
    locked(app, account)
    assert app.log_in(account).status == 429


def test_an_owner_gets_in_with_a_device_that_was_in_before_from_anywhere(app: AuthApp, account: Account) -> None:
    cookie = device_cookie(app.log_in(account, address=some_address()))
    locked(app, account)
    for _ in range(3):
        reply = app.log_in(account, address=some_address(), cookie=f"other=1; {cookie}")
        assert reply.status == 200
        assert device_cookie(reply) == cookie


def test_two_people_at_one_computer_are_both_known_on_it(app: AuthApp, account: Account) -> None:
    colleague = app.make_account()
    cookies = "; ".join(device_cookie(app.log_in(one, address=some_address())) for one in (account, colleague))
    locked(app, account)
    for one in (account, colleague):
        assert app.log_in(one, address=some_address(), cookie=cookies).status == 200


FORGERIES: dict[str, Callable[[str, str], str]] = {
    "another device": lambda own, _: re.sub(r"=.{32}", "=" + "0" * 32, own),
    "another signature": lambda own, _: own[:-1] + ("0" if own[-1] != "0" else "1"),
    "no signature": lambda own, _: own.partition(".")[0],
    "another account's": lambda own, other: own.partition("=")[0] + "=" + other.partition("=")[2],
    "no ASCII": lambda own, _: f"{own}\xe9",
    "nothing": lambda own, _: own.partition("=")[0] + "=",
    "nonsense": lambda *_: 'a"=;;=,{}',
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_cookie_is_a_strangers(app: AuthApp, account: Account, forge: Callable[[str, str], str]) -> None:
    own, other = (device_cookie(app.log_in(one, address=some_address())) for one in (account, app.make_account()))
    locked(app, account)
    assert app.log_in(account, address=some_address(), cookie=forge(own, other)).status == 429


def test_a_stolen_cookie_has_five_guesses_and_keeps_nobody_else_out(app: AuthApp, account: Account) -> None:
    cookie = device_cookie(app.log_in(account))
    guesses = [app.log_in(account, WRONG, address=some_address(), cookie=cookie).status for _ in range(6)]
    assert guesses == [401] * 5 + [429]
    assert app.log_in(account).status == 200
    assert app.log_in(account, address=some_address()).status == 200


def test_whoever_shares_the_owners_address_keeps_their_device_in(app: AuthApp, account: Account) -> None:
    cookie = device_cookie(app.log_in(account))
    assert [app.log_in(account, WRONG).status for _ in range(6)] == [401] * 5 + [429]
    app.rows(
        "insert into login_attempts (account, address) select 'x' || n, :address from generate_series(1, 200) n",
        address=app.address,
    )
    assert app.log_in(account).status == 429
    assert app.log_in(account, cookie=cookie).status == 200


def test_an_owner_who_mistypes_uses_up_nothing_of_what_strangers_have(app: AuthApp, account: Account) -> None:
    app.log_in(account)
    assert [app.log_in(account, WRONG).status for _ in range(5)] == [401] * 5
    locked(app, account)


def test_the_cookie_is_kept_from_scripts_and_other_sites(app: AuthApp, account: Account) -> None:
    _, *attributes = app.log_in(account).headers["Set-Cookie"].split("; ")
    assert {"HttpOnly", "Secure", "SameSite=Strict", "Path=/api/auth"} <= set(attributes)
    for refused in (app.log_in(account, WRONG), app.post("login", {"email": some_email(), "password": WRONG})):
        assert "Set-Cookie" not in refused.headers


def test_a_one_time_password_gets_its_owner_in_while_strangers_are_kept_out(app: AuthApp) -> None:
    email, password = some_email(), f"OneTime1{randomness.token_hex(8)}"
    assert create_administrator(email, password, logins=1)
    assert [reply.status for reply in attack(app, email)] == [401] * 20
    wanted = {"email": email, "password": password}
    assert app.post("login", {**wanted, "password": WRONG}, address=some_address()).status == 429
    assert app.post("login", wanted, address=some_address()).status == 200
    assert app.post("login", wanted, address=some_address()).status == 401


class Network:
    """An IPv6 network of its own, whose places are homes of strangers to each other."""

    def __init__(self) -> None:
        self.prefix = f"2001:{randomness.token_hex(2)}:{randomness.token_hex(2)}"

    def address_in(self, place: int) -> str:
        return f"{self.prefix}:{place}00::1"

    def guess(self, app: AuthApp, name: str) -> None:
        """Use up what the network has for an account, from two of its places."""
        wanted = {"identifier": name, "password": WRONG}
        addresses = [self.address_in(place) for place in (1, 2) for _ in range(5)]
        assert [app.post("login", wanted, address=address).status for address in addresses] == [401] * 10
        assert app.post("login", wanted, address=self.address_in(3)).status == 429


def test_neighbours_do_not_keep_an_owner_out_of_the_place_where_they_were(app: AuthApp, account: Account) -> None:
    network = Network()
    home = network.address_in(4)
    assert app.log_in(account, address=home).status == 200
    network.guess(app, account.email)
    assert app.log_in(account, address=home).status == 200
    # Nor do all of them together, who guess at other accounts.
    app.rows(
        """
        insert into login_attempts (account, address, network)
        select 'x' || n, 'y' || n, :network from generate_series(1, 400) n
        """,
        network=f"{network.prefix}::/48",
    )
    assert app.log_in(account, address=home).status == 200
    assert app.log_in(account, address=network.address_in(5)).status == 429


def test_a_one_time_password_gets_its_owner_in_though_neighbours_are_kept_out(app: AuthApp) -> None:
    email, password = some_email(), f"OneTime1{randomness.token_hex(8)}"
    assert create_administrator(email, password, logins=1)
    network = Network()
    network.guess(app, email)
    wanted = {"email": email, "password": password}
    assert app.post("login", {**wanted, "password": WRONG}, address=network.address_in(4)).status == 429
    assert app.post("login", wanted, address=network.address_in(4)).status == 200


def test_guesses_of_a_network_that_is_kept_out_use_up_nothing_of_what_strangers_have(app: AuthApp, account: Account) -> None:
    network = Network()
    network.guess(app, account.email)
    assert {app.log_in(account, WRONG, address=network.address_in(place)).status for place in range(4, 16)} == {429}
    elsewhere = [some_address() for _ in range(10)]
    assert [app.log_in(account, WRONG, address=address).status for address in elsewhere] == [401] * 10
    assert app.log_in(account, address=some_address()).status == 429


def test_strangers_who_are_kept_out_are_answered_alike_whether_their_guess_is_right_or_not(
    app: AuthApp, account: Account
) -> None:
    locked(app, account)
    right, wrong = (app.log_in(account, guess, address=some_address()) for guess in (PASSWORD, WRONG))
    assert right.status == wrong.status == 429
    assert right.json["detail"] == wrong.json["detail"]
    assert app.rows("select 1 from sessions where user_id = :id::uuid", id=account.id) == []


def test_each_place_costs_five_hashes_though_strangers_are_kept_out(
    app: AuthApp, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked(app, account)
    looked_at: list[str] = []

    def counted(password: str, _stored: str | None) -> bool:
        looked_at.append(password)
        return False

    monkeypatch.setattr(passwords, "verify", counted)
    assert [app.log_in(account, WRONG).status for _ in range(9)] == [429] * 9
    assert len(looked_at) == 5


def told(reply: Reply) -> tuple[Any, ...]:
    """All of an answer by which two could be told apart."""
    body = {name: value for name, value in reply.json.items() if name != "trace_id"}
    return reply.status, body, "Retry-After" in reply.headers, "Set-Cookie" in reply.headers


def test_strangers_are_told_the_same_whether_there_is_an_account_or_not(app: AuthApp, account: Account) -> None:
    app.log_in(account, address=some_address())
    for known, unknown in ((account.email, some_email()), (account.username, f"nobody_{randomness.token_hex(6)}")):
        outcomes = []
        for name in (known, unknown):
            app.rows("delete from login_attempts")
            replies = attack(app, name)
            replies += [app.post("login", {"identifier": name, "password": WRONG}, address=some_address()) for _ in range(2)]
            outcomes.append([told(reply) for reply in replies])
        assert outcomes[0] == outcomes[1]
        assert [outcome[0] for outcome in outcomes[0]] == [401] * 20 + [429] * 2


def wide(text: str) -> str:
    """The text in full-width letters and digits."""
    return "".join(chr(ord(letter) + 0xFEE0) if letter.isascii() and letter.isalnum() else letter for letter in text)


@pytest.mark.parametrize("is_known", [True, False])
def test_all_ways_to_write_a_name_count_together(app: AuthApp, account: Account, *, is_known: bool) -> None:
    names = (account.email, account.username) if is_known else (some_email(), f"nobody_{randomness.token_hex(6)}")
    for name in names:
        ways = (name, name.upper(), wide(name), wide(name.upper()), f" {name}", name.title())
        statuses = [app.post("login", {"identifier": way, "password": WRONG}).status for way in ways]
        assert statuses == [401] * 5 + [429], name


def test_a_name_in_full_width_letters_is_the_accounts(app: AuthApp, account: Account) -> None:
    for name in (account.email, account.username):
        assert app.post("login", {"identifier": wide(name), "password": PASSWORD}).status == 200
