import os
import stat
import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from lib import secrets
from lib.config import ConfigurationError, config
from lib.errors import InvalidToken
from lib.security import keys, tokens
from lib.security.tokens import Claims

CLAIMS = Claims(uuid.uuid4(), uuid.uuid4())


def _let_seconds_pass(seconds: float) -> None:
    known = secrets._read[secrets.JWT_KEY]
    secrets._read[secrets.JWT_KEY] = replace(known, at=known.at - seconds)


def _rotate_elsewhere(folder: Path) -> None:
    """Add a new key as another instance would, without notice to this one."""
    read = dict(secrets._read)
    keys.rotate()
    secrets._read.update(read)
    assert len(list((folder / secrets.JWT_KEY).iterdir())) > 1


@pytest.mark.usefixtures("secrets_dir")
def test_tokens_hold_after_one_rotation_and_not_after_two() -> None:
    keys.rotate()
    token = tokens.issue(CLAIMS)
    keys.rotate()
    assert tokens.read(token) == CLAIMS
    keys.rotate()
    with pytest.raises(InvalidToken):
        tokens.read(token)


@pytest.mark.usefixtures("secrets_dir")
def test_new_tokens_are_signed_with_the_new_key() -> None:
    keys.rotate()
    new_id = keys.rotate()
    assert keys.key_id(keys.signing_key()) == new_id
    token = tokens.issue(CLAIMS)
    keys.rotate()
    assert tokens.read(token) == CLAIMS


def test_a_key_made_elsewhere_is_found_when_its_first_token_comes(secrets_dir: Path) -> None:
    keys.rotate()
    old = tokens.issue(CLAIMS)
    _rotate_elsewhere(secrets_dir)
    assert tokens.read(old) == CLAIMS
    _let_seconds_pass(1.5)
    new_key = (secrets_dir / secrets.JWT_KEY / "2").read_text()
    assert keys.verifying_key(keys.key_id(new_key)) == new_key


@pytest.mark.usefixtures("secrets_dir")
def test_unknown_keys_do_not_make_the_secret_be_read_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    keys.rotate()
    keys.signing_key()
    monkeypatch.setattr(secrets, "_from_folder", None)
    assert [keys.verifying_key(f"unknown{number}") for number in range(50)] == [None] * 50


def test_a_rotation_reaches_every_instance_within_five_minutes(secrets_dir: Path) -> None:
    keys.rotate()
    before = keys.signing_key()
    _rotate_elsewhere(secrets_dir)
    assert keys.signing_key() == before
    _let_seconds_pass(301)
    assert keys.signing_key() != before


@pytest.mark.usefixtures("secrets_dir")
def test_several_keys_in_the_variable_rotate_too(monkeypatch: pytest.MonkeyPatch) -> None:
    new, old, older = "a" * 64, "b" * 64, "c" * 64
    monkeypatch.setenv("JWT_SECRET_KEY", f"{new} {old}\n{older}")
    assert keys.signing_key() == new
    assert keys.verifying_key(keys.key_id(old)) == old
    assert keys.verifying_key(keys.key_id(older)) is None


@pytest.mark.usefixtures("secrets_dir")
@pytest.mark.parametrize("key", ["short", "g" * 64, "A" * 64, "a" * 63, "a" * 65])
def test_a_key_that_is_not_64_hex_digits_signs_nothing(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY", key)
    with pytest.raises(ConfigurationError, match="64 lower-case hex digits") as error:
        tokens.issue(CLAIMS)
    assert key not in str(error.value)


@pytest.mark.usefixtures("secrets_dir")
def test_no_key_at_all_says_what_to_set() -> None:
    with pytest.raises(ConfigurationError, match="JWT_SECRET_KEY"):
        keys.signing_key()


def test_a_key_file_is_its_owners_alone(secrets_dir: Path) -> None:
    keys.rotate()
    assert stat.S_IMODE((secrets_dir / secrets.JWT_KEY / "1").stat().st_mode) == 0o600


def test_a_variable_is_not_rotated_behind_the_operators_back(monkeypatch: pytest.MonkeyPatch, secrets_dir: Path) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY", "a" * 64)
    with pytest.raises(ConfigurationError, match="JWT_SECRET_KEY"):
        keys.rotate()
    assert list(secrets_dir.iterdir()) == []


def test_a_key_id_tells_nothing_of_the_key(secrets_dir: Path) -> None:
    kid = keys.rotate()
    assert kid not in (secrets_dir / secrets.JWT_KEY / "1").read_text()
    assert len(kid) == 12


def test_a_rotation_that_is_asked_for_twice_ends_nobody_s_session(secrets_dir: Path) -> None:
    keys.rotate()
    first = secrets_dir / secrets.JWT_KEY / "1"
    assert not keys.rotate_when_due()
    made_at = first.stat().st_mtime - config().access_token_minutes * 60
    os.utime(first, times=(made_at, made_at))
    token = tokens.issue(CLAIMS)
    assert [keys.rotate_when_due(), keys.rotate_when_due()] == [True, False]
    assert tokens.read(token) == CLAIMS
