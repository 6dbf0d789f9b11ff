"""Stand-ins for Cloud SQL: its Admin API, and the proxy in front of each server, which requires a client certificate.

They answer what the connector asks for: google/cloud/sql/connector/client.py.
"""

import asyncio
import contextlib
import json
import ssl
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from lib.db.connect import url_parameters
from tests.support.cloud.account import PROJECT
from tests.support.cloud.certificates import Authority, text_of
from tests.support.cloud.http import Answer, serving

REGION, INSTANCE = "me-central1", "altayarvip-db"
CONNECTION_NAME = f"{PROJECT}:{REGION}:{INSTANCE}"
# The port that the connector dials.
PROXY_PORT = 3307


@dataclass
class AdminApi:
    """The Admin API: what it answers, and what it was asked."""

    authority: Authority
    address: str = ""
    addresses: tuple[str, ...] = ("PRIVATE",)
    lifetime: timedelta = timedelta(hours=1)
    login_tokens: list[str | None] = field(default_factory=list)
    serials: list[int] = field(default_factory=list)
    # While this event is not set, requests get no answer.
    answers: threading.Event = field(default_factory=threading.Event)

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """One request."""
        self.answers.wait(30)
        if not headers.get("authorization", "").startswith("Bearer token-"):
            return 401, {"error": {"message": "Request had invalid authentication credentials."}}
        base = f"/sql/v1beta4/projects/{PROJECT}/instances/{INSTANCE}"
        if (method, path) == ("GET", f"{base}/connectSettings"):
            return 200, self._settings()
        if (method, path) == ("POST", f"{base}:generateEphemeralCert"):
            return 200, self._certificate(json.loads(body))
        return 404, {"error": {"message": "The Cloud SQL instance does not exist."}}

    def _settings(self) -> dict[str, object]:
        return {
            "region": REGION,
            "databaseVersion": "POSTGRES_15",
            "ipAddresses": [{"type": kind, "ipAddress": "127.0.0.1"} for kind in self.addresses],
            "serverCaCert": {"cert": self.authority.pem},
        }

    def _certificate(self, wanted: dict[str, str]) -> dict[str, object]:
        certificate = self.authority.sign_client(wanted["public_key"], self.lifetime)
        self.login_tokens.append(wanted.get("access_token"))
        self.serials.append(certificate.serial_number)
        return {"ephemeralCert": {"cert": text_of(certificate)}}


class ServerProxy:
    """Terminates TLS in front of PostgreSQL. `serials`: the serial numbers of the client certificates."""

    def __init__(self, authority: Authority, server_url: str, folder: Path, port: int) -> None:
        self.serials: list[int] = []
        self.port = port
        self._upstream = url_parameters(server_url)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_3
        self._context.load_cert_chain(*authority.write_server_files(folder))
        self._context.load_verify_locations(cadata=authority.pem)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def start(self) -> None:
        """Listen."""
        self._do(self._listen())

    def freeze(self) -> None:
        """Keep every connection open, but pass nothing through any more."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def kill(self) -> None:
        """Drop every connection, and stop listening."""
        self._do(self._drop())

    def close(self) -> None:
        """Stop the proxy and its thread."""
        self.kill()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._flows.set()
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port, ssl=self._context)

    async def _drop(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()
        self._flows.set()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            with contextlib.suppress(asyncio.CancelledError, ConnectionError, TimeoutError):
                await asyncio.wait_for(task, 5)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        certificate = writer.get_extra_info("peercert")
        self.serials.append(int(certificate["serialNumber"], 16))
        if "unix_sock" in self._upstream:
            server_reader, server_writer = await asyncio.open_unix_connection(self._upstream["unix_sock"])
        else:
            server_reader, server_writer = await asyncio.open_connection(self._upstream["host"], self._upstream["port"])
        both = {writer, server_writer}
        self._writers |= both
        try:
            await asyncio.gather(self._pipe(reader, server_writer), self._pipe(server_reader, writer))
        finally:
            self._writers -= both

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Copy until one end is closed, and close the other."""
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            while data := await reader.read(65536):
                await self._flows.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()


@contextlib.contextmanager
def cloud_sql(server_url: str, folder: Path, port: int = PROXY_PORT) -> Iterator[tuple[AdminApi, ServerProxy]]:
    """The API and the proxy in front of a PostgreSQL. `port`: for a connector that dials another port than PROXY_PORT."""
    authority = Authority("Cloud SQL Server CA")
    api = AdminApi(authority)
    api.answers.set()
    proxy = ServerProxy(authority, server_url, folder, port)
    try:
        with serving(api.handle) as address:
            api.address = address
            proxy.start()
            yield api, proxy
            api.answers.set()
    finally:
        proxy.close()
