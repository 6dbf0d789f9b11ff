"""The auth function as an app uses it, and people who registered through it."""

import json
import secrets as randomness
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from lib.models import Model
from lib.security import names
from tests.support import database
from tests.support.asgi import AsgiClient
from tests.support.clients import Reply

T = TypeVar("T")

PASSWORD = "Test123456"


def some_address() -> str:
    """An IPv4 address that no other test uses."""
    return "10." + ".".join(str(byte) for byte in randomness.token_bytes(3))


def some_email() -> str:
    """An e-mail address that no other test uses."""
    return f"mona-{randomness.token_hex(6)}@example.com"


@dataclass(frozen=True)
class Account:
    """A registered customer."""

    id: str
    email: str
    username: str

    @property
    def counted(self) -> str:
        """The key under which logins by e-mail are counted."""
        return names.account_key(self.email)


class AuthApp:
    """Calls the auth function in this process, from an address of its own."""

    def __init__(self, client: AsgiClient, database_url: str) -> None:
        self._client = client
        self._database_url = database_url
        self.address = some_address()

    def call(self, method: str, path: str, body: object = None, **options: Any) -> Reply:
        """One request: `body` as JSON, `raw` as it is; `token`, `address`, `key`, `agent`, `cookie` go into headers."""
        headers = {"X-Client-Address": options.get("address", self.address)}
        named = {"token": "Authorization", "key": "Idempotency-Key", "agent": "User-Agent", "cookie": "Cookie"}
        for option, header in named.items():
            if option in options:
                headers[header] = f"Bearer {options[option]}" if option == "token" else options[option]
        data = options.get("raw", b"" if body is None else json.dumps(body).encode())
        client = self._client
        response = client.open(path, method=method, data=data, headers=headers, content_type="application/json")
        assert response.status_code != 500, response.text
        return Reply(response.status_code, response.headers, response.data)

    def post(self, name: str, body: object = None, **options: Any) -> Reply:
        """A POST to one of the routes."""
        return self.call("POST", f"/api/auth/{name}", body, **options)

    def me(self, token: str) -> Reply:
        """The profile of the access token's user."""
        return self.call("GET", "/api/auth/me", token=token)

    def log_in(self, account: Account, password: str = PASSWORD, **options: Any) -> Reply:
        """A login by e-mail."""
        return self.post("login", {"email": account.email, "password": password}, **options)

    def signed_in(self, account: Account) -> dict[str, Any]:
        """The tokens of a new session."""
        reply = self.log_in(account)
        assert reply.status == 200, reply.text
        tokens: dict[str, Any] = reply.json
        return tokens

    def refresh(self, token: str) -> Reply:
        """The response to a refresh token."""
        return self.post("refresh", {"refresh_token": token})

    def refreshed(self, token: str) -> str:
        """The successor of a valid refresh token."""
        reply = self.refresh(token)
        assert reply.status == 200, reply.text
        return str(reply.json["refresh_token"])

    def make_account(self) -> Account:
        """Register a customer."""
        email, username = some_email(), f"mona_{randomness.token_hex(6)}"
        body = {"email": email, "username": username, "password": PASSWORD, "first_name": "Mona", "last_name": "Ali"}
        reply = self.post("register", body)
        assert reply.status == 201, reply.text
        return Account(reply.json["id"], email, username)

    def rows(self, sql: str, **values: object) -> list[list[Any]]:
        """The rows of a statement on the database."""
        return database.run(self._database_url, sql, **values)


def at_once(times: int, work: Callable[[int], T]) -> list[T]:
    """The results of `work`, which this number of threads begin at the same moment."""
    barrier = threading.Barrier(times)

    def one(number: int) -> T:
        barrier.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(one, range(times)))


def assert_shape(reply: Reply, model: type[Model], status: int = 200) -> None:
    """The response has this status, fits its model, and has no field that is not in the model."""
    assert reply.status == status, reply.text
    model.model_validate_json(reply.content)
    assert set(reply.json) == set(model.model_fields)


def assert_invalid(reply: Reply, *loc: str | int) -> None:
    """The response is a 422 that names this field."""
    assert reply.status == 422, reply.text
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert list(loc) in [error["loc"] for error in reply.json["errors"]], reply.text
