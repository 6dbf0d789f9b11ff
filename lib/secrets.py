"""Secrets by name, newest version first, from the environment, from a folder, from a mount, or from Secret Manager.

The folder takes Secret Manager's place on one machine, with a file for each version: `SECRETS_DIR/<name>/<version number>`.
A mount has the newest version alone, as Cloud Run reads it anew each time: `SECRETS_MOUNT/<name>/latest`. Secret Manager is
asked only where the mount does not do, because importing its client takes half a second of a start.

White space around a secret is never part of it, because `openssl rand` adds a newline.
"""

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Literal

from lib import logs
from lib.config import ConfigurationError, SecretMissing, config
from lib.errors import Unavailable

SecretName = Literal[
    "altayarvip-database-url",
    "altayarvip-jwt-secret",
    "altayarvip-fawaterk-api-key",
    "altayarvip-fawaterk-vendor-key",
    "altayarvip-first-admin-password",
    "altayarvip-smtp-url",
]

DATABASE_URL: SecretName = "altayarvip-database-url"
JWT_KEY: SecretName = "altayarvip-jwt-secret"
FAWATERK_API_KEY: SecretName = "altayarvip-fawaterk-api-key"
FAWATERK_VENDOR_KEY: SecretName = "altayarvip-fawaterk-vendor-key"
FIRST_ADMIN_PASSWORD: SecretName = "altayarvip-first-admin-password"  # noqa: S105 - a name
SMTP_URL: SecretName = "altayarvip-smtp-url"

_VARIABLE: dict[SecretName, str] = {
    DATABASE_URL: "DATABASE_URL",
    JWT_KEY: "JWT_SECRET_KEY",
    FAWATERK_API_KEY: "FAWATERK_API_KEY",
    FAWATERK_VENDOR_KEY: "FAWATERK_VENDOR_KEY",
    FIRST_ADMIN_PASSWORD: "FIRST_ADMIN_PASSWORD",
    SMTP_URL: "SMTP_URL",
}
# Nothing uses an older version than the one before the newest.
_MOST_VERSIONS = 2
_REFRESH_SECONDS = 300.0
_REFRESH_ON_MISS_SECONDS = 1.0

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read, and when. `is_whole`: with the versions before the newest, which no mount has."""

    at: float
    values: list[str]
    is_whole: bool

    def is_younger_than(self, seconds: float) -> bool:
        return time.monotonic() - self.at <= seconds


_read: dict[SecretName, _Read] = {}
_lock = threading.Lock()


def versions(name: SecretName, *, missing: bool = False) -> list[str]:
    """The newest versions of a secret, newest first. They are read again every five minutes, or sooner if one is `missing`.

    An environment variable may have several, with white space between them. While Secret Manager does not answer, the
    values from before are used. Raises SecretMissing if there is no version, Unavailable if that can't be found out.
    """
    known = _whole(name)
    if known and known.is_younger_than(_REFRESH_ON_MISS_SECONDS if missing else _REFRESH_SECONDS):
        return known.values
    # One thread reads. The others wait for it only if they have no values yet, or if they look for a missing one.
    if not _lock.acquire(blocking=missing or known is None) and known:
        return known.values
    try:
        changed = _whole(name)
        return changed.values if changed and changed is not known else _read_anew(name, known.values if known else [])
    finally:
        _lock.release()


def in_use(name: SecretName) -> Iterator[str]:
    """The newest version, then the one before it, which is read only for whoever goes on. Raises as `versions` does."""
    first = newest(name)
    yield first
    yield from (value for value in versions(name)[:_MOST_VERSIONS] if value != first)


def loaded(name: SecretName) -> list[str] | None:
    """The versions that are known, newest first, or None where they would have to be read first."""
    known = _read.get(name)
    return known.values if known and known.is_younger_than(_REFRESH_SECONDS) else None


def newest(name: SecretName) -> str:
    """The newest version of a secret. Raises as `versions` does."""
    if known := loaded(name):
        return known[0]
    # Whoever has asked for older versions has Secret Manager's client, and hears from it which are disabled.
    if not _whole(name) and (value := _mounted(name)):
        _read[name] = _Read(time.monotonic(), [value], is_whole=False)
        return value
    try:
        return versions(name)[0]
    except Unavailable:
        if name not in _read:
            raise
        log.warning("a secret can't be read again, so its last known value is used", secret=name, exc_info=True)
        return _read[name].values[0]


def newest_made_at(name: SecretName) -> datetime:
    """When the newest version was made. Raises SecretMissing, and what `add_version` raises."""
    folder, project = _writable(name)
    if folder:
        times = [path.stat().st_mtime for path in _version_files(folder)] if folder.is_dir() else []
        made_at = datetime.fromtimestamp(max(times), UTC) if times else None
    else:
        made_at = _secret_manager().newest_made_at(project, name)
    if made_at is None:
        raise SecretMissing(f"The secret {name} has no version yet")
    return made_at


def add_version(name: SecretName, value: str) -> None:
    """Write a new version, which becomes the newest. Raises ConfigurationError where the secret comes from a variable."""
    folder, project = _writable(name)
    if folder:
        _add_file(folder, value)
    else:
        _secret_manager().add_version(project, name, value)
    with _lock:
        _read.pop(name, None)


def _writable(name: SecretName) -> tuple[Path | None, str]:
    """The folder of a secret, or the project whose Secret Manager has it."""
    settings = config()
    if _from_environment(name) or not (settings.secrets_dir or settings.secrets_project):
        raise ConfigurationError(f"{name} comes from {_VARIABLE[name]} here: change it where that variable is set")
    return settings.secrets_dir and settings.secrets_dir / name, settings.secrets_project or ""


def _secret_manager() -> ModuleType:
    from lib import secret_manager  # noqa: PLC0415 - slow to import, and needed in the cloud alone

    return secret_manager


def _whole(name: SecretName) -> _Read | None:
    known = _read.get(name)
    return known if known and known.is_whole else None


def _mounted(name: SecretName) -> str | None:
    """The newest version as it is mounted. None where none is, where it can't be read, or where another place goes first."""
    settings = config()
    if settings.secrets_mount is None or settings.secrets_dir or _from_environment(name):
        return None
    try:
        return (settings.secrets_mount / name / "latest").read_text().strip() or None
    except (OSError, UnicodeDecodeError):  # Cloud Run has no answer, or the newest version is disabled
        log.warning("a mounted secret can't be read, so Secret Manager is asked", secret=name, exc_info=True)
        return None


def _read_anew(name: SecretName, known: list[str]) -> list[str]:
    try:
        values = _from_environment(name) or _from_folder(name) or _from_secret_manager(name)
    except Unavailable:
        if not known:
            raise
        log.warning("a secret can't be read again, so its last known value is used", secret=name, exc_info=True)
        values = known
    if not values:
        raise SecretMissing(
            f"There is no secret {name}: set {_VARIABLE[name]}, SECRETS_DIR to its folder, or SECRETS_PROJECT"
        )
    _read[name] = _Read(time.monotonic(), values, is_whole=True)
    return values


def _from_environment(name: SecretName) -> list[str]:
    return os.environ.get(_VARIABLE[name], "").split()


def _from_folder(name: SecretName) -> list[str]:
    folder = config().secrets_dir
    if folder is None or not (folder / name).is_dir():
        return []
    files = sorted(_version_files(folder / name), key=lambda path: int(path.name), reverse=True)
    return [text for path in files if (text := path.read_text().strip())]


def _from_secret_manager(name: SecretName) -> list[str]:
    project = config().secrets_project
    values: list[str] = _secret_manager().read_versions(project, name, _MOST_VERSIONS) if project else []
    return values


def _add_file(folder: Path, value: str) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = max((int(path.name) for path in _version_files(folder)), default=0) + 1
    path = folder / str(number)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(value)


def _version_files(folder: Path) -> list[Path]:
    # Desktops and editors put files of their own into folders.
    return [path for path in folder.iterdir() if path.name.isdecimal()]
