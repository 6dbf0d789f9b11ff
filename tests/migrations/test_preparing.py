"""Preparing a deployment as the cloud does it: the owner is no superuser, and the functions own nothing."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from pg8000.exceptions import DatabaseError

from lib.security import passwords
from local.database import embedded_postgres
from tests.support import database as statements
from tests.support.folders import server_folder

ROOT = Path(__file__).parents[2]
ADMIN = "first.admin@example.com"
USERS = {"auth": "altayarvip-auth@altayarvip-check.iam", "jobs": "altayarvip-jobs@altayarvip-check.iam"}


@pytest.fixture(scope="module")
def server_url() -> Iterator[str]:
    """A server of its own, because roles belong to a server: the users that Cloud SQL makes, without any privilege."""
    with server_folder() as folder, embedded_postgres(folder) as url:
        # What Cloud SQL gives to a user that is made through its API.
        statements.run(url, "create role owner login createdb createrole")
        for user in USERS.values():
            statements.run(url, f'create role "{user}" login')
        yield url


@pytest.fixture
def owner_url(server_url: str) -> Iterator[str]:
    """An empty database as its owner sees it."""
    with statements.scratch_database(server_url) as url:
        statements.run(server_url, f"alter database {urlsplit(url).path[1:]} owner to owner")
        yield as_user(url, "owner")


def as_user(url: str, user: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{user.replace('@', '%40')}@{host}"))


def start(url: str, secrets: Path, **environment: str) -> subprocess.Popen[str]:
    wanted = {
        "DATABASE_URL": url,
        "SECRETS_DIR": str(secrets),
        "DB_APPLICATION_USERS": ",".join(f"{function}={user}" for function, user in USERS.items()),
        "FIRST_ADMIN_EMAIL": ADMIN,
    }
    kept = {name: value for name, value in os.environ.items() if name not in ("JWT_SECRET_KEY", "DB_POOL_SIZE")}
    return subprocess.Popen(
        [sys.executable, "-m", "admin", "prepare"],
        cwd=ROOT,
        env={**kept, **wanted, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def prepare(url: str, secrets: Path, **environment: str) -> tuple[int, str]:
    with start(url, secrets, **environment) as process:
        told, _ = process.communicate(timeout=120)
    return process.returncode, told


def test_a_new_system_gets_schema_privileges_key_and_administrator(owner_url: str, tmp_path: Path) -> None:
    code, told = prepare(owner_url, tmp_path)
    assert (code, told.splitlines()[-1]) == (0, "The deployment is prepared.")
    key = (tmp_path / "altayarvip-jwt-secret" / "1").read_text()
    password = (tmp_path / "altayarvip-first-admin-password" / "1").read_text()
    assert re.fullmatch("[0-9a-f]{64}", key)
    assert key not in told
    assert password not in told
    [[role, logins_left, stored]] = statements.run(
        owner_url, "select role, password_logins_left, password_hash from users where email = :email", email=ADMIN
    )
    assert (role, logins_left, passwords.verify(password, stored)) == ("SUPER_ADMIN", 1, True)
    for user in USERS.values():
        assert statements.run(as_user(owner_url, user), "select count(id) from users") == [[1]]


def test_preparing_again_changes_nothing(owner_url: str, tmp_path: Path) -> None:
    prepare(owner_url, tmp_path)
    before = (statements.run(owner_url, "select * from users"), sorted(tmp_path.rglob("*")))
    code, told = prepare(owner_url, tmp_path)
    assert (code, told) == (0, "The deployment is prepared.\n")
    assert (statements.run(owner_url, "select * from users"), sorted(tmp_path.rglob("*"))) == before


def test_several_instances_that_start_at_once_prepare_one_system(owner_url: str, tmp_path: Path) -> None:
    processes = [start(owner_url, tmp_path) for _ in range(3)]
    told = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], told
    assert len(list(tmp_path.glob("*/*"))) == 2
    assert sum("administrator is made" in one for one in told) == 1


def test_what_the_release_before_gave_to_all_functions_alike_is_taken_back(owner_url: str, tmp_path: Path) -> None:
    """It gave everybody everything, by one role. A function has its own privileges at once, and is never without any."""
    prepare(owner_url, tmp_path)
    shared = "altayarvip_application"
    statements.run(owner_url, f"create role {shared}")
    statements.run(owner_url, f"grant select, insert, update, delete on all tables in schema public to {shared}")
    for user in USERS.values():
        statements.run(owner_url, f'grant {shared} to "{user}"')
    auth = as_user(owner_url, USERS["auth"])
    statements.run(auth, "update users set role = role")

    assert prepare(owner_url, tmp_path)[0] == 0

    with pytest.raises(DatabaseError) as refused:
        statements.run(auth, "update users set role = role")
    assert refused.value.args[0]["C"] == "42501"
    assert statements.run(auth, "update users set first_name = first_name returning 1") == [[1]]


def test_what_a_later_release_has_removed_is_passed_over(owner_url: str, tmp_path: Path) -> None:
    """Code that is rolled back has a matrix of its own, which may name it."""
    prepare(owner_url, tmp_path)
    statements.run(owner_url, "drop view stale_sessions")
    statements.run(owner_url, "drop function post_transactions_of_many")

    assert prepare(owner_url, tmp_path)[0] == 0
    assert statements.run(as_user(owner_url, USERS["auth"]), "select count(id) from users") == [[1]]


def test_an_account_that_is_there_keeps_its_password(owner_url: str, tmp_path: Path) -> None:
    prepare(owner_url, tmp_path)
    statements.run(owner_url, "update users set password_hash = 'their own', password_logins_left = null")
    prepare(owner_url, tmp_path, FIRST_ADMIN_EMAIL=ADMIN.upper())
    assert statements.run(owner_url, "select password_hash from users") == [["their own"]]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"DB_APPLICATION_USERS": "auth=nobody@altayarvip-check.iam"}, "nobody@altayarvip-check.iam"),
        ({"DB_APPLICATION_USERS": "nobody@altayarvip-check.iam"}, "FUNCTION=USER"),
        ({"DB_APPLICATION_USERS": "nothing=nobody@altayarvip-check.iam"}, "no function nothing"),
        ({"FIRST_ADMIN_EMAIL": "no address"}, "FIRST_ADMIN_EMAIL"),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}, "can't be reached"),
    ],
)
def test_what_can_not_be_prepared_fails_and_says_why(
    owner_url: str, tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    code, told = prepare(owner_url, tmp_path, **environment)
    assert code != 0
    assert said in told


def test_a_schema_of_a_later_release_is_left_as_it_is(owner_url: str, tmp_path: Path) -> None:
    """Code that is rolled back finds one: revisions only add, so it runs on it."""
    prepare(owner_url, tmp_path)
    statements.run(owner_url, "update alembic_version set version_num = '9999'")
    code, told = prepare(owner_url, tmp_path)
    assert (code, "later release" in told) == (0, True)
    assert statements.run(owner_url, "select version_num from alembic_version") == [["9999"]]


@pytest.mark.parametrize(
    "statement",
    [
        "alter table users add column more text",
        "alter table ledger_entries disable trigger all",
        "truncate audit_log",
        "drop table webhook_events",
        "create table more (id integer)",
        "update alembic_version set version_num = '0001'",
        "delete from alembic_version",
        "set session_replication_role = replica",
    ],
)
def test_a_function_s_user_can_not_change_the_schema_or_switch_off_its_rules(
    database: str, application_url: str, statement: str
) -> None:
    assert database
    with pytest.raises(DatabaseError) as refused:
        statements.run(application_url, statement)
    assert refused.value.args[0]["C"] == "42501"
