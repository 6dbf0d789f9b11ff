"""The real connector, with certificates, TLS and logins, on substitutes for Cloud SQL and on a real PostgreSQL."""

import asyncio
import contextlib
import functools
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from google.cloud.sql.connector import connector

from lib import db
from lib.config import config
from lib.db import cloud_sql
from lib.db import pool as pools
from lib.db.pool import Pool
from lib.errors import Unavailable
from local.database import embedded_postgres
from tests.support.cloud.account import service_account
from tests.support.cloud.certificates import Authority
from tests.support.cloud.sql import CONNECTION_NAME, AdminApi, ServerProxy
from tests.support.cloud.sql import cloud_sql as stand_ins
from tests.support.database import run
from tests.support.folders import server_folder
from tests.support.ports import own_port

USER, PASSWORD = "altayarvip-auth@altayarvip-check.iam", "p@ss/word %"


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """A server that asks only the owner for a password. For all others IAM's certificate is the proof."""
    with server_folder() as folder, embedded_postgres(folder) as url:
        run(url, f'create role "{USER}" login')
        run(url, f"create role altayarvip_owner login password '{PASSWORD}'")
        rules = folder / "pg_hba.conf"
        rules.write_text("local all altayarvip_owner scram-sha-256\n" + rules.read_text())
        run(url, "select pg_reload_conf()")
        yield url


@pytest.fixture
def cloud(
    server_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, connectors: None
) -> Iterator[tuple[AdminApi, ServerProxy]]:
    """The substitutes for Cloud SQL, with settings and a pool that use them."""
    assert connectors is None
    own = Pool(1)
    with (
        service_account(tmp_path) as key_file,
        own_port() as port,
        stand_ins(server_url, tmp_path, port) as (api, proxy),
    ):
        monkeypatch.setattr(connector, "SERVER_PROXY_PORT", port)
        monkeypatch.setattr(connector, "_DEFAULT_SCHEME", "http://")
        monkeypatch.setattr(connector, "_SQLADMIN_HOST_TEMPLATE", api.address.removeprefix("http://"))
        monkeypatch.setattr(pools, "pool", lambda: own)
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
        monkeypatch.delenv("DATABASE_URL", raising=False)
        as_function(monkeypatch, CLOUD_SQL_INSTANCE=CONNECTION_NAME, DB_USER=USER, DB_NAME="postgres")
        yield api, proxy
        api.answers.set()
        own._close_idle()
    monkeypatch.undo()
    config.cache_clear()


def as_function(monkeypatch: pytest.MonkeyPatch, **environment: str) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    config.cache_clear()


@pytest.fixture(autouse=True)
def connectors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Closes the connectors that a test has made. An instance never closes its own."""
    made = []
    make = cloud_sql._connector.__wrapped__

    @functools.cache
    def remembered(address: str, socket_seconds: int) -> tuple[asyncio.AbstractEventLoop, connector.Connector]:
        made.append(make(address, socket_seconds))
        return made[-1]

    monkeypatch.setattr(cloud_sql, "_connector", remembered)
    yield
    for loop, used in made:
        asyncio.run_coroutine_threadsafe(used.close_async(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
    for thread in threading.enumerate():
        if thread.name == "cloud-sql-connector":
            thread.join()
    for loop, _ in made:
        loop.close()
    socket.setdefaulttimeout(None)


def current_user() -> str:
    return db.read.value(str, "select current_user")


def test_a_function_logs_in_as_its_account_without_a_password(cloud: tuple[AdminApi, ServerProxy]) -> None:
    api, proxy = cloud
    assert current_user() == USER
    assert db.read.run("select current_setting('statement_timeout'), current_setting('TimeZone')") == [["8s", "UTC"]]
    # The token is in the certificate, and the server knows the user by it.
    assert len(api.login_tokens) == 1
    assert str(api.login_tokens[0]).startswith("token-")
    assert proxy.serials == api.serials


@pytest.mark.parametrize("end", ["", "\n"])
def test_the_guide_s_address_logs_in_with_its_password(
    cloud: tuple[AdminApi, ServerProxy], monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    api, _ = cloud
    as_function(monkeypatch, CLOUD_SQL_INSTANCE="", DATABASE_URL=address_with("p%40ss%2Fword%20%25") + end)
    assert current_user() == "altayarvip_owner"
    assert api.login_tokens == [None]


def test_a_wrong_password_lets_nobody_in(cloud: tuple[AdminApi, ServerProxy], monkeypatch: pytest.MonkeyPatch) -> None:
    assert cloud
    as_function(monkeypatch, CLOUD_SQL_INSTANCE="", DATABASE_URL=address_with("guessed"))
    with pytest.raises(Unavailable):
        current_user()


def address_with(password: str) -> str:
    return f"postgresql+psycopg2://altayarvip_owner:{password}@/postgres?host=/cloudsql/{CONNECTION_NAME}"


@pytest.mark.parametrize("with_another_s", [False, True])
def test_without_a_certificate_of_the_instance_nobody_comes_in(
    cloud: tuple[AdminApi, ServerProxy],
    tmp_path: Path,
    with_another_s: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    _, proxy = cloud
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if with_another_s:
        (tmp_path / "other").mkdir()
        context.load_cert_chain(*Authority("Another CA").write_server_files(tmp_path / "other"))
    # In TLS 1.3 the client notices a refusal only with its first read, as an error or as the end of the connection.
    with (
        contextlib.suppress(ssl.SSLError, ConnectionError),
        socket.create_connection(("127.0.0.1", proxy.port), 10) as raw,
        context.wrap_socket(raw) as encrypted,
    ):
        assert encrypted.recv(1) == b""
    assert proxy.serials == []


def test_a_certificate_is_used_while_it_holds_and_then_renewed(cloud: tuple[AdminApi, ServerProxy]) -> None:
    api, proxy = cloud
    current_user()
    hang_up()
    current_user()
    assert (len(api.serials), len(proxy.serials)) == (1, 2)
    # After a failure the connector asks for a new certificate, and this one is about to expire.
    api.lifetime = timedelta(minutes=3)
    proxy.kill()
    with pytest.raises(Unavailable):
        current_user()
    proxy.start()
    for serials in (2, 3):
        assert current_user() == USER
        assert len(set(api.serials)) == serials
        assert proxy.serials[-1] == api.serials[-1]
        hang_up()


def hang_up() -> None:
    pools.pool()._close_idle()


def test_a_proxy_that_is_away_is_told_to_the_caller_and_used_again_when_it_is_back(
    cloud: tuple[AdminApi, ServerProxy],
) -> None:
    _, proxy = cloud
    assert current_user() == USER
    proxy.kill()
    for _ in range(2):
        with pytest.raises(Unavailable):
            current_user()
    proxy.start()
    assert current_user() == USER


@pytest.mark.parametrize(
    "instance",
    [
        CONNECTION_NAME.replace("altayarvip-db", "another-db"),
        CONNECTION_NAME.replace("me-central1", "europe-west1"),
        CONNECTION_NAME.replace("altayarvip-check", "another-project"),
    ],
)
def test_a_wrong_instance_is_told_to_the_caller(
    cloud: tuple[AdminApi, ServerProxy], monkeypatch: pytest.MonkeyPatch, instance: str
) -> None:
    _, proxy = cloud
    as_function(monkeypatch, CLOUD_SQL_INSTANCE=instance)
    for _ in range(2):
        with pytest.raises(Unavailable):
            current_user()
    assert proxy.serials == []
    as_function(monkeypatch, CLOUD_SQL_INSTANCE=CONNECTION_NAME)
    assert current_user() == USER


def test_each_set_up_has_its_address(cloud: tuple[AdminApi, ServerProxy], monkeypatch: pytest.MonkeyPatch) -> None:
    api, _ = cloud
    api.addresses = ("PRIMARY",)
    with pytest.raises(Unavailable):
        current_user()
    as_function(monkeypatch, CLOUD_SQL_ADDRESS="public")
    assert current_user() == USER


def test_an_api_that_does_not_answer_keeps_nobody_waiting(
    cloud: tuple[AdminApi, ServerProxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    api, _ = cloud
    monkeypatch.setattr(cloud_sql, "OPEN_SECONDS", 0.5)
    api.answers.clear()
    for _ in range(2):
        with pytest.raises(Unavailable):
            current_user()
    api.answers.set()
    monkeypatch.setattr(cloud_sql, "OPEN_SECONDS", 10)
    assert current_user() == USER


def test_a_server_that_has_vanished_keeps_nobody_waiting(
    cloud: tuple[AdminApi, ServerProxy], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, proxy = cloud
    monkeypatch.setattr("lib.db.connect.SOCKET_SECONDS", 1)
    assert current_user() == USER
    proxy.freeze()
    with pytest.raises(Unavailable):
        current_user()
