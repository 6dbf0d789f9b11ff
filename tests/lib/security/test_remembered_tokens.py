"""A token that was verified is not verified again, and still ends when it should."""

import time
import uuid
from dataclasses import replace
from pathlib import Path

import jwt
import pytest

from lib import secrets
from lib.errors import InvalidToken
from lib.security import keys, tokens
from lib.security.tokens import Claims

CLAIMS = Claims(uuid.uuid4(), uuid.uuid4())


@pytest.fixture(autouse=True)
def signing_key(secrets_dir: Path) -> str:
    assert secrets_dir
    tokens._remembered.clear()
    keys.rotate()
    return keys.signing_key()


def _hours_later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + hours * 3600)


def test_it_is_verified_once(monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.issue(CLAIMS)
    assert tokens.recall(token) is None
    assert tokens.read(token) == CLAIMS
    monkeypatch.setattr(jwt, "decode", None)
    assert tokens.read(token) == CLAIMS
    assert tokens.recall(token) == CLAIMS


def test_no_token_is_kept_as_it_is() -> None:
    token = tokens.issue(CLAIMS)
    tokens.read(token)
    assert token not in str(tokens._remembered)


def test_it_ends_when_it_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.issue(CLAIMS)
    tokens.read(token)
    _hours_later(monkeypatch, 23.9)
    assert tokens.recall(token) == CLAIMS
    _hours_later(monkeypatch, 0.2)
    for ask in (tokens.recall, tokens.read):
        with pytest.raises(InvalidToken, match="expired"):
            ask(token)


def test_it_holds_after_one_rotation_and_no_longer_after_two() -> None:
    token = tokens.issue(CLAIMS)
    tokens.read(token)
    keys.rotate()
    assert tokens.read(token) == CLAIMS
    keys.rotate()
    with pytest.raises(InvalidToken):
        tokens.read(token)


def test_it_ends_with_the_read_that_finds_its_key_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As without a memory: a key that leaked and was taken away verifies for five minutes at most."""
    token = tokens.issue(CLAIMS)
    tokens.read(token)
    known = secrets._read[secrets.JWT_KEY]
    secrets._read[secrets.JWT_KEY] = replace(known, at=known.at - 301, values=["f" * 64])
    assert tokens.recall(token) is None
    monkeypatch.setattr(secrets, "_from_folder", lambda _name: ["f" * 64])
    with pytest.raises(InvalidToken):
        tokens.read(token)


def test_what_does_not_hold_is_not_remembered(signing_key: str) -> None:
    forged = tokens.issue(CLAIMS).rpartition(".")[0] + ".AAAA"
    unknown = jwt.encode({"sub": "x"}, signing_key, "HS256", headers={"kid": "unknown"})
    for token in (forged, unknown):
        with pytest.raises(InvalidToken):
            tokens.read(token)
    assert tokens._remembered == {}


def test_no_more_than_a_bounded_number_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_MOST_REMEMBERED", 3)
    made = [tokens.issue(Claims(uuid.uuid4(), uuid.uuid4())) for _ in range(6)]
    for token in made:
        tokens.read(token)
        assert len(tokens._remembered) <= 3
    assert [tokens.recall(token) is not None for token in made] == [False] * 3 + [True] * 3
