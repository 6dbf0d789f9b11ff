"""`make run`: PostgreSQL, the schema, an administrator, the sandbox and every function behind one port, until Ctrl-C."""

import asyncio
import contextlib
import fcntl
import os
import secrets as randomness
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from lib.config import ConfigurationError
from local.database import embedded_postgres

if TYPE_CHECKING:
    from local.gateway import AsgiApp

ADMIN_EMAIL, ADMIN_PASSWORD = "admin@altayarvip.com", "AdminPass123"


class LocalServer(BaseApplication):  # type: ignore[misc] # gunicorn ships no types
    """gunicorn with one worker. It is the functions' server in the cloud too."""

    def __init__(self, port: int) -> None:
        self._port = port
        super().__init__()

    def load_config(self) -> None:
        """One worker with one loop, as in an instance of a function."""
        settings: dict[str, Any] = {
            "bind": f"127.0.0.1:{self._port}",
            "worker_class": "uvicorn_worker.UvicornWorker",
            "loglevel": "error",
            "graceful_timeout": 3,
            # The client's address is that of the connection, whatever X-Forwarded-For says.
            "forwarded_allow_ips": "",
            "control_socket_disable": True,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, built in the worker."""
        from lib import secrets  # noqa: PLC0415 - reads the environment that `main` has set
        from local.gateway import build  # noqa: PLC0415
        from local.mailbox.app import create_mailbox  # noqa: PLC0415
        from local.sandbox.app import create_sandbox  # noqa: PLC0415

        base_url = os.environ["APP_BASE_URL"]
        sandbox = create_sandbox(
            store_path=Path(os.environ["DATA_DIR"]) / "sandbox.sqlite3",
            api_key=secrets.newest(secrets.FAWATERK_API_KEY),
            vendor_key=secrets.newest(secrets.FAWATERK_VENDOR_KEY),
            webhook_url=f"{base_url}/api/payments/fawaterk/webhook",
            public_url=f"{base_url}/sandbox/fawaterk",
        )
        return _until_stopped(build(sandbox, create_mailbox()), self._port)


def _until_stopped(app: "AsgiApp", port: int) -> "AsgiApp":
    """The application, which says where it is once it is served, and ends with the first signal.

    Ctrl-C stops at once: open transactions are rolled back, and open connections are not waited for.
    """

    async def served(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        await receive()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
            asyncio.get_running_loop().add_signal_handler(number, os._exit, 0)
        say_where(port)
        await send({"type": "lifespan.startup.complete"})
        await receive()

    return served


def say_where(port: int) -> None:
    """Print the addresses for the person at the terminal."""
    base_url = f"http://localhost:{port}"
    print(
        f"\nAltayarVIP is ready.\n"
        f"  API      {base_url}\n"
        f"  Docs     {base_url}/docs\n"
        f"  Sandbox  {base_url}/sandbox/fawaterk/\n"
        f"  Mailbox  {base_url}/mailbox/\n"
        f"  Admin    {ADMIN_EMAIL} / {ADMIN_PASSWORD}\n"
        f"Ctrl-C stops everything.\n",
        flush=True,
    )


@contextlib.contextmanager
def alone_in(data_dir: Path) -> Iterator[None]:
    """Lock the data folder, because a second run in it would stop the first one's database. Exits if it is locked."""
    with (data_dir / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"Another run uses {data_dir} already. Stop it, or set DATA_DIR (and PORT) for this one.")
        yield


@contextlib.contextmanager
def database(data_dir: Path) -> Iterator[str]:
    """The URL of the database to use: DATABASE_URL if it is set, else the embedded one in the data folder."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
    else:
        with embedded_postgres(data_dir / "postgres") as url:
            yield url


def set_environment(port: int, data_dir: Path, database_url: str) -> None:
    """Set the variables that Terraform sets in the cloud. A variable that is set already stays as it is."""
    base_url = f"http://localhost:{port}"
    for name, value in {
        "APP_BASE_URL": base_url,
        "CORS_ORIGINS": "http://localhost:3000,http://localhost:5173,http://localhost:8081",
        "DATABASE_URL": database_url,
        "DB_POOL_SIZE": "10",
        "ENVIRONMENT": "local",
        "FAWATERK_BASE_URL": f"{base_url}/sandbox/fawaterk/api/v2",
        "PICTURES_DIR": str(data_dir / "pictures"),
        "SECRETS_DIR": str(data_dir / "secrets"),
        "THREADS": "40",
    }.items():
        os.environ.setdefault(name, value)


def prepare() -> None:
    """Make the secrets, the schema and the administrator, unless they exist already."""
    from lib import db, secrets  # noqa: PLC0415 - reads the environment that `main` has set
    from lib.security.administrators import create_administrator  # noqa: PLC0415
    from local.gateway import TAKES_ROLES  # noqa: PLC0415
    from migrations.privileges import grant  # noqa: PLC0415
    from migrations.runner import migrate  # noqa: PLC0415

    for name in (secrets.JWT_KEY, secrets.FAWATERK_API_KEY, secrets.FAWATERK_VENDOR_KEY):
        try:
            secrets.newest(name)
        except ConfigurationError:
            secrets.add_version(name, randomness.token_hex(32))
    migrate(print)
    # Somebody's own DATABASE_URL may name a user who can't make roles. Then every function acts as that user.
    if db.read.exists("select 1 from pg_roles where rolname = current_user and rolsuper"):
        grant({})
        os.environ[TAKES_ROLES] = "true"
    create_administrator(ADMIN_EMAIL, ADMIN_PASSWORD)


def main() -> None:
    """Run until Ctrl-C."""
    # A SIGTERM during the start must stop the database too.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    port = int(os.environ.get("PORT", "8080"))
    data_dir = Path(os.environ.setdefault("DATA_DIR", ".local")).resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    with alone_in(data_dir), database(data_dir) as url:
        set_environment(port, data_dir, url)
        try:
            prepare()
        except ConfigurationError as error:
            sys.exit(str(error))
        except KeyboardInterrupt:
            sys.exit("Stopped before it was ready.")
        sys.argv[1:] = []  # gunicorn would read them as its own
        LocalServer(port).run()


if __name__ == "__main__":
    main()
