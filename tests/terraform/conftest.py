"""The Terraform module applied by the real Terraform, with a stand-in for Google's provider, and what came of it."""

import json
import os
import subprocess
import venv
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.support.cloud.account import PROJECT

ROOT = Path(__file__).parents[2]
CHECK = Path(os.environ.get("TERRAFORM_CHECK", ROOT.parent / "shared" / "terraform-offline" / "check.sh"))
OWNER_PASSWORD, API_KEY, VENDOR_KEY = "owner+" + "p" * 30 + "/&", "k" * 40 + "%", "v" * 40
SMTP_PASSWORD = "s" * 40
ADMIN = "operator@example.com"

Resource = dict[str, Any]


@dataclass(frozen=True)
class Applied:
    """Where Terraform has left its plan, its state and the archive."""

    folder: Path

    @cached_property
    def resources(self) -> list[Resource]:
        """Every resource of the state, those of modules too."""
        root = json.loads((self.folder / "state.json").read_text())["values"]["root_module"]
        return [one for module in (root, *root.get("child_modules", [])) for one in module.get("resources", [])]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """What resources of one kind hold."""
        return [one["values"] for one in self.resources if one["type"] == kind and one["mode"] == "managed"]

    @cached_property
    def functions(self) -> dict[str, dict[str, Any]]:
        """Each function by its entry point."""
        return {one["build_config"][0]["entry_point"]: one for one in self.of("google_cloudfunctions2_function")}

    @property
    def archive(self) -> Path:
        """The archive of which the functions are built."""
        return self.folder / ".terraform" / "source.zip"


def _wanted() -> dict[str, str]:
    return {
        "TF_VAR_project_id": PROJECT,
        "TF_VAR_alert_emails": json.dumps([ADMIN]),
        "TF_VAR_budget": json.dumps({"billing_account": "012345-6789AB-CDEF01", "monthly_amount": 200}),
        "TF_VAR_first_admin_email": ADMIN,
        # As a pipe from openssl or a password manager leaves them.
        "TF_VAR_database_owner_password": f"{OWNER_PASSWORD}\n",
        "TF_VAR_fawaterk_api_key": f"{API_KEY}\n",
        "TF_VAR_fawaterk_vendor_key": VENDOR_KEY,
        "TF_VAR_smtp_url": f"smtps://mailer:{SMTP_PASSWORD}@smtp.example.com",
        "TF_VAR_secret_versions": json.dumps({"smtp_url": 1}),
        "UNPROTECT": "-var deletion_protection=false",
    }


@pytest.fixture(scope="session")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Applied:
    """fmt, validate, plan, apply, an empty second plan, policy, `terraform test` and destroy, all of which must pass."""
    assert CHECK.is_file(), f"{CHECK} is not there: TERRAFORM_CHECK says where it is"
    scratch = tmp_path_factory.mktemp("applied")
    command = ["bash", str(CHECK), str(ROOT / "terraform"), str(scratch)]
    done = subprocess.run(command, env={**os.environ, **_wanted()}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    return Applied(scratch / "terraform")


@pytest.fixture(scope="session")
def unpacked(applied: Applied, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive in an empty folder."""
    folder = tmp_path_factory.mktemp("workspace")
    with zipfile.ZipFile(applied.archive) as archive:
        archive.extractall(folder)
    return folder


def make_environment(folder: Path, requirements: Path) -> Path:
    """The folder of the programs of a fresh virtual environment with these requirements."""
    venv.create(folder, with_pip=True)
    install = ["pip", "install", "-qq", "--disable-pip-version-check", "--require-hashes", "-r", str(requirements)]
    subprocess.run([str(folder / "bin" / "python"), "-m", *install], check=True)
    return folder / "bin"


@pytest.fixture(scope="session")
def programs(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the archive's own requirements install."""
    return make_environment(tmp_path_factory.mktemp("venv"), unpacked / "requirements.txt")
