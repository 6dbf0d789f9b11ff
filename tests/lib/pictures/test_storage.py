"""Where files are: a folder, and our client of Cloud Storage with a substitute for its server."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from lib.config import ConfigurationError, config
from lib.errors import Unavailable
from lib.pictures import bucket
from lib.pictures.storage import Folder, Storage, storage
from tests.support.cloud.account import service_account
from tests.support.cloud.storage import BUCKET, CloudStorage, cloud_storage

NAME = "0123456789" * 4
JPEG = b"\xff\xd8\xff anything"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CloudStorage]:
    with (
        cloud_storage() as running,
        service_account(tmp_path_factory.mktemp("account")) as key_file,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
        patch.setattr(bucket, "_API", running.address)
        bucket._credentials.cache_clear()
        yield running
        bucket._credentials.cache_clear()


@pytest.fixture
def cloud(server: CloudStorage, monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudStorage]:
    """An empty bucket, which `storage` uses."""
    server.files, server.types, server.calls, server.failure, server.refused = {}, {}, [], None, frozenset()
    monkeypatch.delenv("PICTURES_DIR", raising=False)
    monkeypatch.setenv("PICTURES_BUCKET", BUCKET)
    config.cache_clear()
    storage.cache_clear()
    yield server
    monkeypatch.undo()
    config.cache_clear()
    storage.cache_clear()


def in_folder(tmp_path: Path) -> Storage:
    return Folder(tmp_path / "made with the first of them")


def in_bucket(_: Path) -> Storage:
    return storage()


@pytest.mark.parametrize("made", [in_folder, in_bucket])
def test_a_file_is_there_until_it_is_removed(cloud: CloudStorage, tmp_path: Path, made: Callable[[Path], Storage]) -> None:
    assert cloud.files == {}
    place = made(tmp_path)
    assert place.read(NAME) is None
    place.remove(NAME)
    place.write(NAME, JPEG)
    assert place.read(NAME) == JPEG
    place.remove(NAME)
    assert place.read(NAME) is None


def test_a_file_in_the_bucket_is_a_jpeg_of_our_account_s(cloud: CloudStorage) -> None:
    storage().write(NAME, JPEG)
    assert (cloud.files, cloud.types) == ({NAME: JPEG}, {NAME: "image/jpeg"})
    # An answer that was lost on the way, and the same call again.
    storage().write(NAME, b"other")
    assert cloud.files == {NAME: JPEG}


CALLS: dict[str, Callable[[], object]] = {
    "POST": lambda: storage().write(NAME, JPEG),
    "GET": lambda: storage().read(NAME),
    "DELETE": lambda: storage().remove(NAME),
}


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize("status", [302, 400, 403, 429, 500, 503])
def test_an_answer_that_says_neither_is_told_as_such(cloud: CloudStorage, method: str, status: int) -> None:
    cloud.failure = status
    with pytest.raises(Unavailable):
        CALLS[method]()
    assert method in cloud.calls


@pytest.mark.parametrize("method", CALLS)
def test_a_right_that_is_missing_is_no_missing_file(cloud: CloudStorage, method: str) -> None:
    cloud.files[NAME] = JPEG
    cloud.refused = frozenset({method})
    with pytest.raises(Unavailable):
        CALLS[method]()


@pytest.mark.parametrize("method", CALLS)
def test_a_store_that_is_silent_or_gone_is_waited_for_no_longer_than_the_app_does(
    cloud: CloudStorage, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    assert cloud.files == {}
    monkeypatch.setattr(bucket, "_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(bucket, "_API", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(Unavailable):
            CALLS[method]()
    with pytest.raises(Unavailable) as raised:
        CALLS[method]()
    assert isinstance(raised.value.__cause__, requests.RequestException)


def test_without_a_place_it_is_said_which_setting_is_missing(cloud: CloudStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cloud.files == {}
    monkeypatch.delenv("PICTURES_BUCKET")
    config.cache_clear()
    with pytest.raises(ConfigurationError, match="PICTURES_DIR"):
        storage()


def test_half_a_file_is_never_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[:1])
        raise OSError("no space left on the device")

    monkeypatch.setattr(Path, "write_bytes", break_off)
    with pytest.raises(OSError, match="no space"):
        Folder(tmp_path).write(NAME, JPEG)
    assert Folder(tmp_path).read(NAME) is None
