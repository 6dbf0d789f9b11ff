"""What a start must not import: each of these costs a cold instance a tenth of a second or more."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from local.routes import read_routes

ROOT = Path(__file__).parents[2]
NOT_AT_THE_START = [
    "aiohttp", "alembic", "babel", "email_validator", "google.api_core", "google.cloud.secretmanager",
    "google.cloud.sql.connector", "grpc", "reportlab", "sqlalchemy", "uharfbuzz", "zxcvbn",
]  # fmt: skip
LIST = "import json, sys; import {module}; print(json.dumps(sorted(sys.modules)))"


def imported(module: str) -> list[str]:
    """The modules that a fresh interpreter has once it has imported this one."""
    command = [sys.executable, "-c", LIST.format(module=module)]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, check=True)  # noqa: S603 - our own code
    modules: list[str] = json.loads(done.stdout)
    return modules


@pytest.mark.parametrize("name", read_routes().functions)
def test_a_function_starts_without_what_only_some_of_its_requests_need(name: str) -> None:
    assert set(NOT_AT_THE_START) & set(imported(f"functions.{name}.main")) == set()


def test_a_connection_needs_neither_grpc_nor_a_client_of_google_s_apis() -> None:
    modules = set(imported("lib.db.cloud_sql"))
    assert "google.cloud.sql.connector" in modules
    assert {"grpc", "google.api_core", "google.protobuf", "google.cloud.sqladmin_v1beta4"} & modules == set()
