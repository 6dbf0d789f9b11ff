"""Secrets: newest version first, from variables or from a folder, and read again after some time."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib import secrets
from lib.config import ConfigurationError, config
from lib.secrets import FAWATERK_API_KEY, JWT_KEY, add_version, newest, versions

Clock = Callable[[float], None]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The secrets' folder. No variable has a secret."""
    monkeypatch.setattr(secrets, "_read", {})
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    for variable in secrets._VARIABLE.values():
        monkeypatch.delenv(variable, raising=False)
    config.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    config.cache_clear()


@pytest.fixture
def pass_seconds(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Moves the clock forward."""
    now = [1000.0]
    monkeypatch.setattr("lib.secrets.time.monotonic", lambda: now[0])

    def go_by(seconds: float) -> None:
        now[0] += seconds

    return go_by


def put(folder: Path, version: str, value: str) -> None:
    (folder / JWT_KEY).mkdir(exist_ok=True)
    (folder / JWT_KEY / version).write_text(value)


def test_versions_of_a_folder_are_ordered_as_numbers_newest_first(folder: Path) -> None:
    for number in (1, 2, 9, 10):
        put(folder, str(number), f"version {number}\n")

    assert versions(JWT_KEY) == ["version 10", "version 9", "version 2", "version 1"]
    assert newest(JWT_KEY) == "version 10"


def test_a_file_that_is_no_version_and_a_version_without_text_are_passed_over(folder: Path) -> None:
    put(folder, "1", "first")
    put(folder, "2", "  \n")
    put(folder, ".DS_Store", "x")
    put(folder, "1~", "x")

    assert versions(JWT_KEY) == ["first"]


def test_a_variable_may_hold_several_and_goes_before_the_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(folder, "1", "from the folder")
    monkeypatch.setenv("JWT_SECRET_KEY", "new \n old")

    assert versions(JWT_KEY) == ["new", "old"]


def test_a_secret_that_is_nowhere_is_told_by_its_name_and_variable() -> None:
    with pytest.raises(ConfigurationError, match=r"altayarvip-fawaterk-api-key: set FAWATERK_API_KEY"):
        newest(FAWATERK_API_KEY)


def test_a_secret_that_was_nowhere_is_looked_for_again_at_once(folder: Path) -> None:
    with pytest.raises(ConfigurationError):
        newest(JWT_KEY)
    put(folder, "1", "first")

    assert newest(JWT_KEY) == "first"


def test_a_new_version_is_seen_within_five_minutes(folder: Path, pass_seconds: Clock) -> None:
    put(folder, "1", "first")
    assert newest(JWT_KEY) == "first"
    put(folder, "2", "second")
    pass_seconds(299)
    assert newest(JWT_KEY) == "first"
    pass_seconds(2)

    assert versions(JWT_KEY) == ["second", "first"]


def test_whoever_misses_a_version_looks_sooner_but_not_at_every_call(folder: Path, pass_seconds: Clock) -> None:
    put(folder, "1", "first")
    versions(JWT_KEY)
    put(folder, "2", "second")

    assert versions(JWT_KEY, missing=True) == ["first"]
    pass_seconds(1.5)
    assert versions(JWT_KEY, missing=True) == ["second", "first"]


def test_a_version_that_is_added_is_the_newest_at_once_and_its_owner_s_alone(folder: Path) -> None:
    for value in ("first", "second"):
        add_version(JWT_KEY, value)
        assert newest(JWT_KEY) == value

    assert versions(JWT_KEY) == ["second", "first"]
    assert (folder / JWT_KEY / "2").stat().st_mode & 0o777 == 0o600
    assert (folder / JWT_KEY).stat().st_mode & 0o777 == 0o700


def test_a_version_can_not_be_added_where_a_variable_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY", "key")

    with pytest.raises(ConfigurationError, match="JWT_SECRET_KEY"):
        add_version(JWT_KEY, "other")
