"""Signing keys in a folder, as with `make run`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lib import secrets
from lib.config import config


@pytest.fixture
def secrets_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder of secrets that this process uses during a test."""
    monkeypatch.delenv("JWT_SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    _forget_what_was_read()
    yield tmp_path
    _forget_what_was_read()


def _forget_what_was_read() -> None:
    config.cache_clear()
    secrets._read.clear()
