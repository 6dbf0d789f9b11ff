"""Prepares the deployment when the first instance of a new release starts. If that fails, the deployment fails."""

import os
import subprocess
import sys
from pathlib import Path

from lib import logs

log = logs.get(__name__)

ROOT = Path(__file__).parents[2]
# An instance must listen within 240 s. Work that takes longer belongs into a job, not into a migration:
# https://cloud.google.com/run/docs/configuring/healthchecks
MOST_SECONDS = 200


def prepare_deployment() -> None:
    """Run `admin prepare` as the database's owner. Safe to repeat. Raises CalledProcessError or TimeoutExpired.

    It runs as a separate process, because it logs in as another user, and the workers that the server forks must not
    inherit its connections.
    """
    as_owner = {name: value for name, value in os.environ.items() if name not in ("CLOUD_SQL_INSTANCE", "DB_USER")}
    command = [sys.executable, "-m", "admin", "prepare"]
    subprocess.run(command, cwd=ROOT, env=as_owner, check=True, timeout=MOST_SECONDS)  # noqa: S603 - our own command
