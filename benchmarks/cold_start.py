"""What a cold start costs, from the process's start to its first read; by itself: `python -m benchmarks.cold_start`.

The function runs as in the cloud: through Google's connector, with its secrets mounted. Stand-ins on this machine take the
place of Google's services; their work is not counted, and the time on the network is not there.
"""

import contextlib
import os
import secrets as randomness
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import requests

from benchmarks import servers
from benchmarks.figures import Figure, rounds
from benchmarks.load import ROUNDS
from benchmarks.people import User
from lib.security.tokens import Claims, issue
from local.database import embedded_postgres
from migrations.runner import migrate
from tests.support.cloud.account import PROJECT, service_account
from tests.support.cloud.sql import CONNECTION_NAME, cloud_sql
from tests.support.ports import own_port

ROOT = Path(__file__).parent.parent
# A path of each function that can be measured, which its database answers.
_READS = {"auth": "/api/auth/me", "loyalty": "/api/wallet/me", "orders": "/api/orders/me"}
# Leads the connector to the stand-in once it is imported: to import it here would be a part of what is measured.
REDIRECT = """
import importlib.util
import os
import sys

NAME = "google.cloud.sql.connector.connector"


class Redirect:
    def find_spec(self, name, path=None, target=None):
        if name != NAME:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def run_and_redirect(module):
            run(module)
            module._DEFAULT_SCHEME = "http://"
            module._SQLADMIN_HOST_TEMPLATE = os.environ["SQL_ADMIN_HOST"]

        spec.loader.exec_module = run_and_redirect
        return spec


sys.meta_path.insert(0, Redirect())
"""


@contextlib.contextmanager
def cloud() -> Iterator[tuple[dict[str, str], str]]:
    """The environment of a function in a cloud of this machine, and a token that its database has to be asked about."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(embedded_postgres(folder / "postgres"))
        key = randomness.token_hex(32)
        os.environ |= {"DATABASE_URL": url, "JWT_SECRET_KEY": key}
        migrate(lambda _line: None)
        mounted = folder / "secrets" / "altayarvip-jwt-secret" / "latest"
        for file, text in ((mounted, key), (folder / "site" / "sitecustomize.py", REDIRECT)):
            file.parent.mkdir(parents=True)
            file.write_text(text)
        api, _ = stack.enter_context(cloud_sql(url, folder))
        yield (
            {
                "PATH": os.environ["PATH"],
                "CLOUD_SQL_INSTANCE": CONNECTION_NAME,
                "DB_NAME": "postgres",
                "DB_USER": "postgres",
                "FUNCTION_USE_ASGI": "true",
                "GOOGLE_APPLICATION_CREDENTIALS": str(stack.enter_context(service_account(folder))),
                "PYTHONPATH": str(folder / "site"),
                "SECRETS_MOUNT": str(folder / "secrets"),
                "SECRETS_PROJECT": PROJECT,
                "SQL_ADMIN_HOST": api.address.removeprefix("http://"),
            },
            issue(Claims(uuid.uuid4(), uuid.uuid4())),
        )


def start(name: str, environment: dict[str, str], token: str) -> tuple[float, float]:
    """Seconds, and processor seconds of all its processes, until a function has answered from its database."""
    with own_port() as port:
        command = [str(Path(sys.executable).with_name("functions-framework")), "--host", "127.0.0.1", "--target", name]
        source = ["--source", str(ROOT / "functions" / name / "main.py"), "--port", str(port)]
        began = time.monotonic()
        process = subprocess.Popen([*command, *source], env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        try:
            status = _first_answer(process, f"http://127.0.0.1:{port}{_READS[name]}", token)
            seconds, spent = time.monotonic() - began, _spent(process.pid)
        finally:
            process.terminate()
            process.wait(20)
    # The token is good and its session unknown, which the database alone can tell.
    if status != requests.codes.unauthorized:
        raise SystemExit(f"{name} answered {status}")
    return seconds, spent


def _first_answer(process: subprocess.Popen[bytes], address: str, token: str) -> int:
    while process.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=20).status_code
        time.sleep(0.01)
    raise SystemExit("It did not start")


def _spent(process: int) -> float:
    """The processor time of a process and its children, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + sum(_spent(int(child)) for child in children)


def measure(name: str) -> list[tuple[float, float]]:
    """What `start` gives, in each round."""
    with cloud() as (environment, token):
        return [start(name, environment, token) for _ in range(ROUNDS)]


def row(customer: User, order: str) -> list[Figure]:
    """The orders function beside the peer, which reads this order of the customer; the peer through its own driver."""
    # In a process of its own, because it uses a database and a key of its own.
    ours = subprocess.run([sys.executable, "-m", "benchmarks.cold_start"], check=True, capture_output=True, text=True)
    our_rounds = [(float(seconds), float(spent)) for seconds, spent in map(str.split, ours.stdout.splitlines())]
    peer_rounds = [_start_peer(customer, order) for _ in range(ROUNDS)]
    (our_time, our_cpu), (peer_time, peer_cpu) = (zip(*starts, strict=True) for starts in (our_rounds, peer_rounds))
    return [
        Figure(
            what="cold start to the first answer from the database: ours by the connector, the peer by its own driver",
            ours=rounds("s", our_time),
            beside=rounds("s", peer_time),
            cpu=(rounds("s CPU", our_cpu), rounds("s CPU", peer_cpu)),
            bar=0.8,
        )
    ]


def _start_peer(customer: User, order: str) -> tuple[float, float]:
    began = time.monotonic()
    with servers.peer() as server:
        headers = {"Authorization": f"Bearer {customer.peers}"}
        requests.get(f"http://127.0.0.1:{server.port}{order}", headers=headers, timeout=20).raise_for_status()
        return time.monotonic() - began, _spent(server.process)


if __name__ == "__main__":
    for one_start in measure(sys.argv[1] if len(sys.argv) > 1 else "orders"):
        print(*one_start)
