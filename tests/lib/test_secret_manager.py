"""The real client of Secret Manager with a substitute for its server: reads, caching, writes and refusals."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from google.cloud.secretmanager import SecretManagerServiceClient, SecretVersion

from lib import secret_manager as ours
from lib import secrets
from lib.config import ConfigurationError, SecretMissing, config
from lib.errors import Unavailable
from lib.secrets import JWT_KEY, add_version, newest, newest_made_at, versions
from lib.security import keys
from tests.support.cloud.account import PROJECT, service_account
from tests.support.cloud.secret_manager import SecretManager
from tests.support.cloud.secret_manager import secret_manager as stand_in

State = SecretVersion.State


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretManager]:
    """One server for all tests, because gRPC reads its trusted certificates only once in a process."""
    folder = tmp_path_factory.mktemp("cloud")
    with pytest.MonkeyPatch.context() as patch, service_account(folder) as key_file, stand_in(folder) as running:
        patch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
        patch.setenv("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", str(running.roots))
        patch.setattr(SecretManagerServiceClient, "_DEFAULT_ENDPOINT_TEMPLATE", running.address)
        yield running
        if ours._client.cache_info().currsize:
            ours._client().transport.close()  # type: ignore[no-untyped-call]
        ours._client.cache_clear()


@pytest.fixture
def cloud(server: SecretManager, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretManager]:
    """An empty Secret Manager that `lib.secrets` reads, with an empty cache."""
    server.secrets, server.failure, server.calls = {JWT_KEY: []}, None, []
    monkeypatch.setattr(secrets, "_read", {})
    for variable in (*secrets._VARIABLE.values(), "SECRETS_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("SECRETS_PROJECT", PROJECT)
    config.cache_clear()
    yield server
    monkeypatch.undo()
    config.cache_clear()


@pytest.fixture
def pass_seconds(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock forward, for `lib.secrets` only."""
    now = [1000.0]

    class Clock:
        @staticmethod
        def monotonic() -> float:
            return now[0]

    def go_by(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(secrets, "time", Clock)
    return go_by


def test_the_two_newest_versions_are_read_without_the_newline_that_openssl_leaves(cloud: SecretManager) -> None:
    cloud.put(JWT_KEY, "first\n", "second\r\n", " third\n")

    assert versions(JWT_KEY) == ["third", "second"]
    assert newest(JWT_KEY) == "third"


def test_what_was_read_is_not_read_again_at_once(cloud: SecretManager) -> None:
    cloud.put(JWT_KEY, "first")
    for _ in range(3):
        newest(JWT_KEY)

    assert cloud.calls == ["list", "access"]


@pytest.mark.parametrize("state", [State.DISABLED, State.DESTROYED])
def test_a_version_that_is_switched_off_is_passed_over(cloud: SecretManager, state: int) -> None:
    cloud.put(JWT_KEY, "first", "second", "third")
    cloud.secrets[JWT_KEY][2].state = state

    assert versions(JWT_KEY) == ["second", "first"]


@pytest.mark.parametrize("name", [JWT_KEY, secrets.FAWATERK_API_KEY])
def test_a_secret_without_a_version_and_one_that_is_not_there_are_missing(
    cloud: SecretManager, name: secrets.SecretName
) -> None:
    assert cloud.secrets == {JWT_KEY: []}
    with pytest.raises(SecretMissing, match=name):
        newest(name)


@pytest.fixture
def mount(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloud: SecretManager) -> Path:
    """The file of the mounted signing key, which has the newest version of `cloud`."""
    cloud.put(JWT_KEY, "a" * 64, "b" * 64)
    monkeypatch.setenv("SECRETS_MOUNT", str(tmp_path))
    config.cache_clear()
    file = tmp_path / JWT_KEY / "latest"
    file.parent.mkdir()
    file.write_text("b" * 64 + "\n")
    return file


def test_the_newest_version_comes_from_its_mount_and_secret_manager_is_not_asked(cloud: SecretManager, mount: Path) -> None:
    assert mount.exists()
    assert newest(JWT_KEY) == keys.signing_key() == keys.verifying_key(keys.key_id("b" * 64)) == "b" * 64
    assert cloud.calls == []


def test_the_key_before_the_mounted_one_verifies_and_is_asked_for_once(cloud: SecretManager, mount: Path) -> None:
    assert mount.exists()
    for _ in range(3):
        assert keys.verifying_key(keys.key_id("a" * 64)) == "a" * 64
    assert cloud.calls == ["list", "access", "access"]
    assert keys.verifying_key(keys.key_id("c" * 64)) is None


def test_a_mounted_key_that_was_rotated_is_taken_up_without_a_restart_and_the_one_before_it_verifies(
    cloud: SecretManager, mount: Path, pass_seconds: Callable[[float], None]
) -> None:
    assert keys.signing_key() == "b" * 64
    cloud.put(JWT_KEY, "c" * 64)
    mount.write_text("c" * 64)
    assert keys.signing_key() == "b" * 64
    pass_seconds(301)

    assert keys.signing_key() == "c" * 64
    assert cloud.calls == []
    assert keys.verifying_key(keys.key_id("b" * 64)) == "b" * 64
    assert keys.verifying_key(keys.key_id("a" * 64)) is None


def test_a_key_that_is_switched_off_verifies_nothing_within_five_minutes_where_keys_are_mounted(
    cloud: SecretManager, mount: Path, pass_seconds: Callable[[float], None]
) -> None:
    assert keys.verifying_key(keys.key_id("a" * 64)) == "a" * 64
    assert mount.exists()
    cloud.secrets[JWT_KEY][0].state = State.DISABLED
    pass_seconds(301)

    assert keys.verifying_key(keys.key_id("a" * 64)) is None


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe", None])
def test_where_a_mount_is_empty_or_broken_secret_manager_is_asked(
    cloud: SecretManager, mount: Path, content: bytes | None
) -> None:
    mount.unlink() if content is None else mount.write_bytes(content)

    assert newest(JWT_KEY) == "b" * 64
    assert cloud.calls == ["list", "access", "access"]


def test_a_key_stays_in_use_while_neither_its_mount_nor_secret_manager_answers(
    cloud: SecretManager, mount: Path, pass_seconds: Callable[[float], None]
) -> None:
    assert newest(JWT_KEY) == "b" * 64
    mount.unlink()
    cloud.failure = grpc.StatusCode.INTERNAL
    pass_seconds(301)

    assert newest(JWT_KEY) == "b" * 64


def test_a_key_that_was_rotated_elsewhere_is_taken_up_within_five_minutes(
    cloud: SecretManager, pass_seconds: Callable[[float], None]
) -> None:
    cloud.put(JWT_KEY, "first")
    newest(JWT_KEY)
    cloud.put(JWT_KEY, "second")
    pass_seconds(299)
    assert newest(JWT_KEY) == "first"
    pass_seconds(2)

    assert versions(JWT_KEY) == ["second", "first"]


def test_a_token_of_a_key_that_was_rotated_elsewhere_is_known_at_once(
    cloud: SecretManager, pass_seconds: Callable[[float], None]
) -> None:
    cloud.put(JWT_KEY, "a" * 64)
    newest(JWT_KEY)
    cloud.put(JWT_KEY, "b" * 64)
    pass_seconds(2)

    assert keys.verifying_key(keys.key_id("b" * 64)) == "b" * 64
    assert keys.signing_key() == "b" * 64


def test_a_version_that_is_added_is_the_newest_at_once(cloud: SecretManager) -> None:
    cloud.put(JWT_KEY, "first")
    newest(JWT_KEY)
    add_version(JWT_KEY, "second")

    assert versions(JWT_KEY) == ["second", "first"]
    assert [version.data for version in cloud.secrets[JWT_KEY]] == [b"first", b"second"]


def test_the_first_key_is_made_where_there_is_none_and_only_there(cloud: SecretManager) -> None:
    assert [keys.make_first(), keys.make_first()] == [True, False]
    assert len(cloud.secrets[JWT_KEY]) == 1
    assert len(keys.signing_key()) == 64


@pytest.mark.parametrize("failure", [grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAVAILABLE])
def test_a_key_that_can_not_be_read_is_not_taken_for_missing(cloud: SecretManager, failure: grpc.StatusCode) -> None:
    cloud.put(JWT_KEY, "a" * 64)
    cloud.failure = failure
    with pytest.raises((ConfigurationError, Unavailable)):
        keys.make_first()

    assert len(cloud.secrets[JWT_KEY]) == 1


def test_keys_rotate_once_in_the_life_of_a_token(cloud: SecretManager) -> None:
    cloud.put(JWT_KEY, "a" * 64)
    cloud.secrets[JWT_KEY][0].made_at = datetime.now(UTC) - timedelta(days=2)

    assert [keys.rotate_when_due(), keys.rotate_when_due()] == [True, False]
    assert len(cloud.secrets[JWT_KEY]) == 2
    assert keys.verifying_key(keys.key_id("a" * 64)) == "a" * 64


def test_when_the_newest_version_was_made_is_known(cloud: SecretManager) -> None:
    with pytest.raises(SecretMissing):
        newest_made_at(JWT_KEY)
    cloud.put(JWT_KEY, "first", "second")

    assert abs(newest_made_at(JWT_KEY) - cloud.secrets[JWT_KEY][1].made_at) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("work", "role"),
    [
        (lambda: newest(JWT_KEY), "secretAccessor"),
        (lambda: newest_made_at(JWT_KEY), "viewer"),
        (lambda: add_version(JWT_KEY, "second"), "secretVersionAdder"),
    ],
)
def test_an_account_that_is_denied_is_told_which_role_it_lacks(
    cloud: SecretManager, work: Callable[[], object], role: str
) -> None:
    cloud.put(JWT_KEY, "first")
    cloud.failure = grpc.StatusCode.PERMISSION_DENIED
    with pytest.raises(ConfigurationError, match=role):
        work()


@pytest.mark.parametrize("failure", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL])
def test_without_an_answer_the_caller_is_told_to_come_back(cloud: SecretManager, failure: grpc.StatusCode) -> None:
    cloud.put(JWT_KEY, "first")
    cloud.failure = failure
    with pytest.raises(Unavailable):
        newest(JWT_KEY)
    cloud.failure = None

    assert newest(JWT_KEY) == "first"


def test_what_was_read_before_serves_while_there_is_no_answer(
    cloud: SecretManager, pass_seconds: Callable[[float], None]
) -> None:
    cloud.put(JWT_KEY, "first")
    newest(JWT_KEY)
    cloud.failure = grpc.StatusCode.UNAVAILABLE
    pass_seconds(301)
    assert newest(JWT_KEY) == "first"
    assert versions(JWT_KEY, missing=True) == ["first"]
    cloud.failure = None
    cloud.put(JWT_KEY, "second")
    pass_seconds(301)

    assert newest(JWT_KEY) == "second"


def test_a_variable_and_a_folder_go_before_secret_manager(
    cloud: SecretManager, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cloud.put(JWT_KEY, "in the cloud")
    (tmp_path / JWT_KEY).mkdir()
    (tmp_path / JWT_KEY / "1").write_text("in the folder")
    monkeypatch.setenv("SECRETS_DIR", str(tmp_path))
    config.cache_clear()
    assert newest(JWT_KEY) == "in the folder"
    monkeypatch.setenv("JWT_SECRET_KEY", "set")
    secrets._read.clear()

    assert newest(JWT_KEY) == "set"
    assert cloud.calls == []
