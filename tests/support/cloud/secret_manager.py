"""A stand-in for Secret Manager: gRPC over TLS, secrets in memory."""

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import jwt
from google.cloud.secretmanager import (
    AccessSecretVersionRequest,
    AccessSecretVersionResponse,
    AddSecretVersionRequest,
    ListSecretVersionsRequest,
    ListSecretVersionsResponse,
    SecretVersion,
)

from tests.support.cloud.account import PROJECT
from tests.support.cloud.certificates import Authority

SERVICE = "google.cloud.secretmanager.v1.SecretManagerService"
State = SecretVersion.State


@dataclass
class Version:
    """One version of a secret."""

    data: bytes
    state: int = State.ENABLED
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))


# Whether an account (its e-mail address) may make this call for this secret.
May = Callable[[str, str, str], bool]


@dataclass
class SecretManager:
    """Secrets by name, their versions oldest first. `failure`: the error of every call. `may`: IAM's permissions."""

    address: str = ""
    roots: Path = Path()
    secrets: dict[str, list[Version]] = field(default_factory=dict)
    failure: grpc.StatusCode | None = None
    may: May = lambda _account, _call, _secret: True
    calls: list[str] = field(default_factory=list)

    def put(self, name: str, *values: str) -> None:
        """Add versions to a secret, the newest last."""
        self.secrets.setdefault(name, []).extend(Version(value.encode()) for value in values)

    def list_versions(self, request: Any, context: grpc.ServicerContext) -> Any:
        """ListSecretVersions: the newest first, one page."""
        name = self._admit("list", request.parent, context)
        versions = reversed(list(enumerate(self.secrets[name], start=1)))
        wanted = [
            SecretVersion(name=f"{request.parent}/versions/{number}", state=version.state, create_time=version.made_at)
            for number, version in versions
            if version.state == State.ENABLED or request.filter != "state:ENABLED"
        ]
        return ListSecretVersionsResponse(versions=wanted[: request.page_size])

    def access(self, request: Any, context: grpc.ServicerContext) -> Any:
        """AccessSecretVersion."""
        secret, _, number = request.name.partition("/versions/")
        version = self.secrets[self._admit("access", secret, context)][int(number) - 1]
        if version.state != State.ENABLED:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "The version is not enabled.")
        return AccessSecretVersionResponse(name=request.name, payload={"data": version.data})

    def add(self, request: Any, context: grpc.ServicerContext) -> Any:
        """AddSecretVersion."""
        name = self._admit("add", request.parent, context)
        self.secrets[name].append(Version(request.payload.data))
        return SecretVersion(name=f"{request.parent}/versions/{len(self.secrets[name])}")

    def _admit(self, call: str, path: str, context: grpc.ServicerContext) -> str:
        self.calls.append(call)
        if self.failure:
            context.abort(self.failure, "as the test wants it")
        kind, _, token = str(dict(context.invocation_metadata()).get("authorization", "")).partition(" ")
        if kind != "Bearer":
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "There is no token.")
        name = path.removeprefix(f"projects/{PROJECT}/secrets/")
        # The client signs its own tokens. Google would also verify the signature.
        account = jwt.decode(token, options={"verify_signature": False})["iss"]
        if not self.may(account, call, name):
            context.abort(grpc.StatusCode.PERMISSION_DENIED, f"{account} may not {call} {name}.")
        if name not in self.secrets:
            context.abort(grpc.StatusCode.NOT_FOUND, f"Secret [{path}] not found.")
        return name


def _handler(answer: Callable[[Any, grpc.ServicerContext], Any], request: Any, response: Any) -> Any:
    return grpc.unary_unary_rpc_method_handler(answer, request.deserialize, response.serialize)


@contextlib.contextmanager
def secret_manager(folder: Path) -> Iterator[SecretManager]:
    """The stand-in. A client that trusts the file `roots` accepts its certificate."""
    authority = Authority("Test roots")
    stand_in = SecretManager(roots=folder / "roots.pem")
    stand_in.roots.write_text(authority.pem)
    certificate, key = authority.write_server_files(folder)
    with ThreadPoolExecutor(4) as threads:
        server = grpc.server(threads)
        handlers = {
            "ListSecretVersions": _handler(stand_in.list_versions, ListSecretVersionsRequest, ListSecretVersionsResponse),
            "AccessSecretVersion": _handler(stand_in.access, AccessSecretVersionRequest, AccessSecretVersionResponse),
            "AddSecretVersion": _handler(stand_in.add, AddSecretVersionRequest, SecretVersion),
        }
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, handlers)])
        credentials = grpc.ssl_server_credentials([(key.read_bytes(), certificate.read_bytes())])
        stand_in.address = f"localhost:{server.add_secure_port('localhost:0', credentials)}"
        server.start()
        try:
            yield stand_in
        finally:
            server.stop(None).wait()
