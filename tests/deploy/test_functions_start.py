"""Each function starts on its own, as the cloud starts it: the console script, another folder, only its environment."""

import json
import secrets as randomness
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

from local.routes import read_routes
from tests.support.database import login_of
from tests.support.starting import started


@pytest.mark.parametrize("name", read_routes().functions)
def test_a_function_starts_on_its_own_with_only_what_it_needs(
    name: str, database: str, postgres_url: str, tmp_path: Path
) -> None:
    from migrations.privileges import grant  # noqa: PLC0415 - reads the environment that `database` sets

    with login_of(postgres_url) as login:
        own = urlsplit(login)
        grant({name: str(own.username)})
        answers_as(name, urlunsplit(own._replace(path=urlsplit(database).path)), tmp_path)


def answers_as(name: str, database_url: str, folder: Path) -> None:
    environment = {
        "ENVIRONMENT": "production",
        "APP_BASE_URL": "https://api.example.com",
        "DATABASE_URL": database_url,
        "JWT_SECRET_KEY": randomness.token_hex(32),
        "FAWATERK_API_KEY": "key",
        "FAWATERK_VENDOR_KEY": "key",
    }
    with started(name, folder, environment) as client:
        assert client.get("/health").json == {"status": "healthy"}
        assert client.get("/health/ready").json == {"status": "healthy"}
        assert client.get("/nowhere").json["code"] == "not_found"


def test_without_a_database_a_function_runs_and_says_that_it_is_not_ready(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    with started("auth", tmp_path, environment) as client:
        assert client.get("/health").status == 200
        ready = client.get("/health/ready")

    assert (ready.status, ready.headers["Content-Type"]) == (503, "application/json")
    assert ready.json["status"] == "unavailable"
    assert set(ready.json) == {"status", "detail"}
    assert ready.json["detail"]
    assert ready.headers["Retry-After"] == "2"


def test_log_lines_are_ours_where_the_cloud_wants_execution_ids_in_them(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing", "LOG_EXECUTION_ID": "true"}
    with started("auth", tmp_path, environment) as client:
        client.get("/nowhere", headers={"X-Request-Id": "app-1"})
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["message"] for line in lines if line["request_id"] == "app-1"] == ["GET /nowhere 404"]
