"""The archive that Terraform makes, started as Cloud Functions starts it, against stand-ins of Google's services."""

import contextlib
import os
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from local.database import embedded_postgres
from local.routes import read_routes
from migrations.privileges import role_of
from tests.support.clients import Client
from tests.support.cloud.account import token_server, write_key_file
from tests.support.cloud.secret_manager import SecretManager, secret_manager
from tests.support.cloud.sql import CONNECTION_NAME, AdminApi, cloud_sql
from tests.support.database import run
from tests.support.folders import server_folder
from tests.support.ports import own_port
from tests.terraform.conftest import ADMIN, API_KEY, OWNER_PASSWORD, ROOT, VENDOR_KEY, Applied

pytestmark = [pytest.mark.terraform, pytest.mark.timeout(900)]

REDIRECT = ROOT / "tests" / "support" / "cloud" / "redirect"
STARTUP_SECONDS = 60
# What each role of Secret Manager lets its holder call.
CALLS = {"secretAccessor": {"access"}, "viewer": {"list"}, "secretVersionAdder": {"add"}}


@dataclass
class Cloud:
    """Google's services on this machine, and what is deployed into them."""

    applied: Applied
    workspace: Path
    programs: Path
    folder: Path
    token_uri: str
    sql: AdminApi
    secrets: SecretManager
    database_url: str
    logs: dict[str, Path] = field(default_factory=dict)

    @contextlib.contextmanager
    def started(self, name: str, **changed: str) -> Iterator[Client]:
        """One function, with the environment that Terraform gives it and its own account."""
        function = self.applied.functions[name]
        service = function["service_config"][0]
        log = self.logs[name] = self.folder / f"{name}.log"
        with own_port() as port, log.open("ab") as output:
            environment = {
                **service["environment_variables"],
                # What the buildpack makes of the build's variable and of the entry point.
                "FUNCTION_SOURCE": function["build_config"][0]["environment_variables"]["GOOGLE_FUNCTION_SOURCE"],
                "FUNCTION_TARGET": function["build_config"][0]["entry_point"],
                "CLOUD_RUN_TIMEOUT_SECONDS": str(service["timeout_seconds"]),
                "PORT": str(port),
                "PATH": f"{self.programs}:{os.environ['PATH']}",
                "SECRETS_MOUNT": str(self._mounts(service)),
                # What leads to the stand-ins.
                "GOOGLE_APPLICATION_CREDENTIALS": str(self._key_file(service["service_account_email"])),
                "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(self.secrets.roots),
                "PYTHONPATH": str(REDIRECT),
                "TEST_SECRET_MANAGER_HOST": self.secrets.address,
                "TEST_SQL_ADMIN_HOST": self.sql.address.removeprefix("http://"),
                **changed,
            }
            process = subprocess.Popen(
                [self.programs / "functions-framework"],
                cwd=self.workspace, env=environment, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
            try:
                yield _wait(process, port, log)
            finally:
                process.terminate()
                process.wait(20)

    def _mounts(self, service: dict[str, Any]) -> Path:
        """The folder of an account's mounted secrets, as they are now."""
        folder = self.folder / "mounts" / str(service["service_account_email"])
        for volume in service["secret_volumes"]:
            file = folder / volume["secret"] / volume["versions"][0]["path"]
            file.parent.mkdir(parents=True, exist_ok=True)
            if versions := self.secrets.secrets[volume["secret"]]:
                file.write_bytes(versions[-1].data)
        return folder

    def _key_file(self, email: str) -> Path:
        file = self.folder / f"{email}.json"
        return file if file.exists() else write_key_file(file, self.token_uri, email)


class StartFailed(Exception):  # noqa: N818 - it says what happened
    """A function ended before it listened; so would its deployment."""


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> Client:
    client = Client(f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + STARTUP_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StartFailed(log.read_text())
        with contextlib.suppress(requests.ConnectionError):
            client.get("/health")
            return client
        time.sleep(0.05)
    raise StartFailed(log.read_text())


def _may(applied: Applied) -> set[tuple[str, str, str]]:
    """What Terraform lets whom do with which secret."""
    return {
        (one["member"].removeprefix("serviceAccount:"), call, one["secret_id"].rpartition("/")[2])
        for one in applied.of("google_secret_manager_secret_iam_member")
        for call in CALLS[one["role"].rpartition(".")[2]]
    }


@pytest.fixture(scope="module")
def cloud(applied: Applied, unpacked: Path, programs: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Everything as it is before the first function starts: an empty database, users without rights, given secrets."""
    folder = tmp_path_factory.mktemp("cloud")
    for part in ("sql", "secrets"):
        (folder / part).mkdir()
    with (
        server_folder() as data,
        embedded_postgres(data) as server_url,
        token_server() as token_uri,
        cloud_sql(server_url, folder / "sql") as (sql, _proxy),
        secret_manager(folder / "secrets") as secrets,
    ):
        for user in applied.of("google_sql_user"):
            password = f"password '{OWNER_PASSWORD}' createdb createrole" if user["type"] in (None, "BUILT_IN") else ""
            run(server_url, f'create role "{user["name"]}" login {password}')
        run(server_url, "create database altayarvip owner altayarvip_owner")
        rules = data / "pg_hba.conf"
        rules.write_text("local all altayarvip_owner scram-sha-256\n" + rules.read_text())
        run(server_url, "select pg_reload_conf()")
        allowed = _may(applied)
        secrets.may = lambda *call: call in allowed
        for secret in applied.of("google_secret_manager_secret"):
            secrets.put(secret["secret_id"])
        secrets.put(
            "altayarvip-database-url",
            f"postgresql+pg8000://altayarvip_owner:{_encoded()}@/altayarvip?host=/cloudsql/{CONNECTION_NAME}",
        )
        secrets.put("altayarvip-fawaterk-api-key", API_KEY)
        secrets.put("altayarvip-fawaterk-vendor-key", f"{VENDOR_KEY}\n")
        database_url = server_url.replace("/postgres?", "/altayarvip?")
        yield Cloud(applied, unpacked, programs, folder, token_uri, sql, secrets, database_url)


def _encoded() -> str:
    # Terraform's urlencode leaves the same characters as they are.
    from urllib.parse import quote  # noqa: PLC0415

    return quote(OWNER_PASSWORD, safe="-_.~")


@pytest.fixture(scope="module")
def system(cloud: Cloud) -> Iterator[dict[str, Client]]:
    """Every function, the jobs function first, as Terraform has it."""
    with contextlib.ExitStack() as running:
        order = sorted(cloud.applied.functions, key=lambda name: name != "jobs")
        yield {name: running.enter_context(cloud.started(name)) for name in order}


def test_a_start_that_can_not_prepare_the_database_fails(cloud: Cloud) -> None:
    """Cloud Functions then keeps the revision before it, and Terraform goes no further."""
    nobody = "nobody@altayarvip-check.iam"
    with pytest.raises(StartFailed, match=nobody), cloud.started("jobs", DB_APPLICATION_USERS=f"auth={nobody}"):
        pass
    with pytest.raises(StartFailed, match="DEBUG"), cloud.started("auth", DEBUG="true"):
        pass


@pytest.mark.parametrize("name", read_routes().functions)
def test_each_function_answers_and_reaches_the_database_as_itself(
    cloud: Cloud, system: dict[str, Client], name: str
) -> None:
    for path in ("/health", "/health/ready"):
        assert system[name].get(path).json == {"status": "healthy"}
    assert system[name].get("/nowhere").json["code"] == "not_found"
    user = cloud.applied.functions[name]["service_config"][0]["environment_variables"]["DB_USER"]
    assert run(cloud.database_url, "select count(*) > 0 from pg_stat_activity where usename = :user", user=user) == [[True]]


@pytest.mark.parametrize("name", read_routes().functions)
def test_each_function_s_user_has_the_role_of_its_function_alone(cloud: Cloud, system: dict[str, Client], name: str) -> None:
    assert system
    user = cloud.applied.functions[name]["service_config"][0]["environment_variables"]["DB_USER"]
    roles = run(
        cloud.database_url,
        "select roleid::regrole::text from pg_auth_members where member = (select oid from pg_roles where rolname = :user)",
        user=user,
    )
    assert roles == [[role_of(name)]]


def test_the_first_administrator_logs_in_once_and_works(cloud: Cloud, system: dict[str, Client]) -> None:
    password = cloud.secrets.secrets["altayarvip-first-admin-password"][-1].data.decode()
    login = {"email": ADMIN, "password": password}
    token = system["auth"].post("/api/auth/login", login).json["access_token"]
    assert system["auth"].post("/api/auth/login", login).status == 401
    wanted = {"current_password": password, "new_password": "TheirOwn123456"}
    staff = {name: Client(client.base_url, token) for name, client in system.items()}
    assert staff["auth"].post("/api/auth/change-password", wanted).status == 200

    customer = {"email": "mona@example.com", "password": "Test123456", "first_name": "Mona", "last_name": "Ali"}
    user_id = system["auth"].post("/api/auth/register", customer).json["id"]
    items = [{"description_ar": "خدمة", "description_en": "Service", "quantity": 1, "unit_price": 100}]
    order = staff["orders"].post("/api/orders", {"user_id": user_id, "items": items, "payment_status": "PAID"})
    assert (order.status, order.json["payment_status"]) == (201, "PAID"), order.text
    pdf = staff["invoices"].get(f"/api/orders/{order.json['id']}/invoice/download")
    assert (pdf.status, pdf.content[:5]) == (200, b"%PDF-")
    assert staff["bookings"].get("/api/bookings").json == []
    assert len(staff["loyalty"].get(f"/api/cashback/pending?user_id={user_id}").json) == 1
    assert staff["payments_webhook"].get("/api/payments/webhook-logs").json == []


def test_a_webhook_is_held_against_the_vendor_key(system: dict[str, Client]) -> None:
    forged = {"invoice_id": "1", "invoice_key": "k", "payment_method": "Visa", "invoice_status": "paid", "hashKey": "0" * 64}
    assert system["payments_webhook"].post("/api/payments/fawaterk/webhook", forged).status == 401


def test_a_read_asks_secret_manager_for_nothing_where_the_newest_key_is_mounted(
    cloud: Cloud, system: dict[str, Client]
) -> None:
    login = {"email": "mona@example.com", "password": "Test123456"}
    token = system["auth"].post("/api/auth/login", login).json["access_token"]
    with cloud.started("orders") as fresh:
        before = list(cloud.secrets.calls)
        assert Client(fresh.base_url, token).get("/api/orders/me").status == 200
        assert cloud.secrets.calls == before


def test_a_token_of_the_key_before_the_mounted_one_still_holds(cloud: Cloud, system: dict[str, Client]) -> None:
    login = {"email": "mona@example.com", "password": "Test123456"}
    token = system["auth"].post("/api/auth/login", login).json["access_token"]
    cloud.secrets.put("altayarvip-jwt-secret", "e" * 64)
    try:
        with cloud.started("orders") as fresh:
            assert Client(fresh.base_url, token).get("/api/orders/me").status == 200
    finally:
        cloud.secrets.secrets["altayarvip-jwt-secret"].pop()


def test_jobs_run_and_a_rotated_key_is_taken_up_without_a_deploy(cloud: Cloud, system: dict[str, Client]) -> None:
    jobs = system["jobs"]
    for name in (
        "reconcile",
        "expire-payments",
        "expire-points",
        "credit-cashback",
        "verify-ledger",
        "purge",
        "sum-revenue",
        "remove-pictures",
    ):
        reply = jobs.post(f"/jobs/{name}")
        assert (reply.status, reply.json["left"]) == (200, 0), reply.text
    assert re.search(r'"message": "payments stand".*"pending_over_an_hour": 0', cloud.logs["jobs"].read_text())
    assert jobs.post("/jobs/rotate-jwt-key").json == {"rotated": False}

    login = {"email": "mona@example.com", "password": "Test123456"}
    old = system["auth"].post("/api/auth/login", login).json["access_token"]
    cloud.secrets.put("altayarvip-jwt-secret", "f" * 64)
    # Signed with the key before it, which still verifies, wherever the new one has been read and where not.
    for name in ("auth", "loyalty"):
        path = {"auth": "/api/auth/me", "loyalty": "/api/wallet/me"}[name]
        assert Client(system[name].base_url, old).get(path).status == 200


def test_starting_again_prepares_nothing_anew(cloud: Cloud, system: dict[str, Client]) -> None:
    assert system
    keys = len(cloud.secrets.secrets["altayarvip-jwt-secret"])
    with cloud.started("jobs") as client:
        assert client.get("/health/ready").status == 200
    assert cloud.logs["jobs"].read_text().count("The deployment is prepared.") == 2
    assert len(cloud.secrets.secrets["altayarvip-jwt-secret"]) == keys
    assert len(cloud.secrets.secrets["altayarvip-first-admin-password"]) == 1


def test_no_log_line_shows_a_secret(cloud: Cloud, system: dict[str, Client]) -> None:
    assert system
    told = "".join(log.read_text() for log in cloud.logs.values())
    values = [version.data.decode().strip() for versions in cloud.secrets.secrets.values() for version in versions]
    assert [value for value in (*values, OWNER_PASSWORD) if value in told] == []
