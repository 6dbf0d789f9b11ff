import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher

from lib.security import passwords


def test_a_password_holds_against_its_own_hash_alone() -> None:
    stored = passwords.hashed("Test123456")
    assert passwords.verify("Test123456", stored)
    assert not passwords.verify("test123456", stored)
    assert not passwords.verify("Test123456 ", stored)


def test_a_hash_is_argon2id_by_a_row_of_owasps_table_and_salted() -> None:
    first, second = passwords.hashed("Test123456"), passwords.hashed("Test123456")
    assert first.startswith("$argon2id$v=19$m=7168,t=5,p=1$")
    assert first != second


@pytest.mark.parametrize("stored", ["!", "", "$argon2id$broken", "plain Test123456"])
def test_nothing_holds_against_what_is_no_hash(stored: str) -> None:
    assert not passwords.verify("Test123456", stored)


def test_nobodys_password_holds_not_even_the_one_of_the_stand_in() -> None:
    assert not passwords.verify("Test123456", None)
    assert not passwords.verify("a password that no account has", None)


def test_no_refusal_tells_by_its_time_with_which_parameters_a_password_was_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounts from before are slower to verify than no account at all, which would tell that they exist."""
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    clock = iter([0.0, 0.03, 0.0, 0.015, 0.0, 0.2, 0.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    of_before = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1).hash("Test123456")
    assert not passwords.verify("Wrong123456", of_before)
    assert not passwords.verify("Wrong123456", None)
    assert not passwords.verify("Wrong123456", of_before)
    assert passwords.verify("Test123456", of_before)
    assert waits == pytest.approx([0.07, 0.085, 0.0])


class _CountingHasher:
    """Takes argon2's place and counts its hashes, in all and at once."""

    def __init__(self) -> None:
        self.verified = 0
        self.most_at_once = 0
        self._running = 0
        self._lock = threading.Lock()
        self._two_run = threading.Barrier(2)

    def hash(self, password: str) -> str:
        return password

    def verify(self, stored: str, password: str) -> bool:
        with self._lock:
            self.verified += 1
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        self._two_run.wait(timeout=30)
        with self._lock:
            self._running -= 1
        return stored == password


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> _CountingHasher:
    counting = _CountingHasher()
    monkeypatch.setattr(passwords, "_hasher", counting)
    return counting


def test_two_hashes_run_at_once_and_no_more(hasher: _CountingHasher) -> None:
    with ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda _: passwords.verify("x", "y"), range(10)))
    assert (hasher.verified, hasher.most_at_once) == (10, 2)


def test_an_account_that_does_not_exist_costs_a_hash_too(hasher: _CountingHasher) -> None:
    with ThreadPoolExecutor(2) as threads:
        held = list(threads.map(lambda stored: passwords.verify("x", stored), ["y", None]))
    assert held == [False, False]
    assert hasher.verified == 2


@pytest.mark.parametrize(
    "password", ["Test123456", "Aa345678", "Aa3" + "x" * 125, "كلمةAa1سرية", "ÄÖüß1234", "AdminPass123"]
)
def test_a_good_password_has_no_weakness(password: str) -> None:
    assert passwords.weakness(password) is None


@pytest.mark.parametrize(
    ("password", "weakness"),
    [
        ("", "8 to 128"),
        ("Aa34567", "8 to 128"),
        ("Aa3" + "x" * 126, "8 to 128"),
        ("nouppercase1", "upper-case"),
        ("NOLOWERCASE1", "lower-case"),
        ("NoDigitsHere", "digit"),
        ("Password1", "breached"),
        ("pAssw0rd", "breached"),
        ("Qwerty123", "breached"),
        ("AltayarVIP2026", "AltayarVIP"),
        ("My-aLTAYAR-1", "AltayarVIP"),
        ("\uff21ltayar2026", "AltayarVIP"),
        ("Aa\u0627\u0644\u0637\u064a\u0627\u06311", "AltayarVIP"),
    ],
)
def test_a_weak_password_says_what_it_lacks(password: str, weakness: str) -> None:
    told = passwords.weakness(password)
    assert told is not None
    assert weakness in told


@pytest.mark.parametrize(
    ("password", "known"),
    [
        ("Mona.Elsayed1", "mona.elsayed@example.com"),
        ("xMonaElsayedX1", "mona.elsayed@example.com"),
        ("Elsayed#2026", "mona.elsayed@example.com"),
        ("A1-mona@example.com", "mona@example.com"),
        ("monaTravels7", "Mona"),
        ("\uff2dona2026x", "mona"),
        ("mONA\u0020El-sayed1", "El-Sayed"),
        ("Aaأحمد123", "أحمد"),
        ("Traveller_99x", "traveller_99"),
        ("Aa01012345678", "+20 101 234 5678"),
        ("Aa+201012345678", "01012345678"),
    ],
)
def test_a_password_with_what_others_know_of_its_owner_is_weak(password: str, known: str) -> None:
    assert passwords.weakness(password) is None
    told = passwords.weakness(password, None, "", known)
    assert told is not None
    assert "must not contain your e-mail address" in told


@pytest.mark.parametrize(
    "known",
    [
        "ali@example.com",
        "Li",
        "test@example.com",
        "Test",
        "User",
        "T.E.S.T",
        "",
        None,
        "0123",
        "+20 (10) 1234-5678",
        "someone@test123456.example",
    ],
)
def test_a_password_is_not_weak_by_chance(known: str | None) -> None:
    """The customer Test User of the documented examples has this password."""
    assert passwords.weakness("Test123456", known) is None
