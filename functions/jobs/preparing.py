"""What happens as the first instance of a new release starts: the deployment is prepared, or it fails."""

import os
import subprocess
import sys
from pathlib import Path

from lib import logs

log = logs.get(__name__)

ROOT = Path(__file__).parents[2]
# An instance has 240 s to begin listening. What takes longer is no migration but a job:
# https://cloud.google.com/run/docs/configuring/healthchecks
MOST_SECONDS = 200


def prepare_deployment() -> None:
    """Migrate, grant and the like, as the database's owner; safe to repeat. Raises CalledProcessError or TimeoutExpired.

    In a process of its own: it logs in as another user, and what it leaves behind must not be inherited by the workers
    that the server forks.
    """
    as_owner = {name: value for name, value in os.environ.items() if name not in ("CLOUD_SQL_INSTANCE", "DB_USER")}
    command = [sys.executable, "-m", "admin", "prepare"]
    subprocess.run(command, cwd=ROOT, env=as_owner, check=True, timeout=MOST_SECONDS)  # noqa: S603 - our own command
