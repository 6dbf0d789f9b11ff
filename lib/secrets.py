"""Secrets by name, newest version first: from the environment, or from a folder that holds a file a version.

The folder stands in for Secret Manager on one machine: `SECRETS_DIR/<name>/<version number>`.
"""

import os
import threading
import time
from pathlib import Path
from typing import Literal

from lib.config import ConfigurationError, config

SecretName = Literal["altayarvip-jwt-secret", "altayarvip-fawaterk-api-key", "altayarvip-fawaterk-vendor-key"]

JWT_KEY: SecretName = "altayarvip-jwt-secret"
FAWATERK_API_KEY: SecretName = "altayarvip-fawaterk-api-key"
FAWATERK_VENDOR_KEY: SecretName = "altayarvip-fawaterk-vendor-key"

_VARIABLE: dict[SecretName, str] = {
    JWT_KEY: "JWT_SECRET_KEY",
    FAWATERK_API_KEY: "FAWATERK_API_KEY",
    FAWATERK_VENDOR_KEY: "FAWATERK_VENDOR_KEY",
}
_REFRESH_SECONDS = 60.0
_REFRESH_ON_MISS_SECONDS = 1.0

_read: dict[SecretName, tuple[float, list[str]]] = {}
_lock = threading.Lock()


def versions(name: SecretName, *, missing: bool = False) -> list[str]:
    """The versions of a secret, newest first, read anew each minute, or sooner when the caller is `missing` one.

    An environment variable may hold several, newest first, parted by white space. Raises ConfigurationError if none.
    """
    with _lock:
        read_at, values = _read.get(name, (0.0, []))
        if not values or time.monotonic() - read_at > (_REFRESH_ON_MISS_SECONDS if missing else _REFRESH_SECONDS):
            values = _from_environment(name) or _from_folder(name)
            _read[name] = (time.monotonic(), values)
    if not values:
        raise ConfigurationError(f"There is no secret {name}: set {_VARIABLE[name]}, or SECRETS_DIR to its folder")
    return values


def newest(name: SecretName) -> str:
    """The newest version of a secret. Raises ConfigurationError if there is none."""
    return versions(name)[0]


def add_version(name: SecretName, value: str) -> None:
    """Write a new version, which is the newest from now on. Raises ConfigurationError where only variables are set."""
    folder = config().secrets_dir
    if folder is None or _from_environment(name):
        raise ConfigurationError(f"{name} comes from {_VARIABLE[name]} here: change it where that variable is set")
    (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    number = max((int(path.name) for path in _version_files(folder / name)), default=0) + 1
    path = folder / name / str(number)
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(value)
    with _lock:
        _read.pop(name, None)


def _from_environment(name: SecretName) -> list[str]:
    return os.environ.get(_VARIABLE[name], "").split()


def _from_folder(name: SecretName) -> list[str]:
    folder = config().secrets_dir
    if folder is None or not (folder / name).is_dir():
        return []
    files = sorted(_version_files(folder / name), key=lambda path: int(path.name), reverse=True)
    return [text for path in files if (text := path.read_text().strip())]


def _version_files(folder: Path) -> list[Path]:
    # Desktops and editors leave files of their own in any folder.
    return [path for path in folder.iterdir() if path.name.isdecimal()]
