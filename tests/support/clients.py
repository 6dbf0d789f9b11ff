"""An HTTP client for tests: exact decimals, a time limit on every call, and never a response with status 500."""

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import requests

CALL_SECONDS = 30


@dataclass(frozen=True)
class System:
    """A running system."""

    base_url: str
    database_url: str
    vendor_key: str
    log: Path


@dataclass(frozen=True)
class Reply:
    """A response. `json` has its numbers as exact decimals, `text` has them as they were sent."""

    status: int
    headers: Any
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.content, parse_float=Decimal)


class Client:
    """Calls the API, without a token or with a person's access token."""

    def __init__(self, base_url: str, token: str | None = None) -> None:
        self.base_url = base_url
        self.token = token

    def call(self, method: str, path: str, body: object = None, **options: Any) -> Reply:
        """Send one request. `body` is sent as JSON, `data` in the options as it is. A response of 500 fails the test."""
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers.update(options.pop("headers", {}))
        if body is not None:
            options["data"] = json.dumps(body, default=str)
            headers.setdefault("Content-Type", "application/json")
        url = path if path.startswith("http") else f"{self.base_url}{path}"
        response = requests.request(method, url, headers=headers, timeout=CALL_SECONDS, allow_redirects=False, **options)
        assert response.status_code != 500, response.text
        return Reply(response.status_code, response.headers, response.content)

    def get(self, path: str, **options: Any) -> Reply:
        return self.call("GET", path, **options)

    def post(self, path: str, body: object = None, **options: Any) -> Reply:
        return self.call("POST", path, body, **options)

    def put(self, path: str, body: object = None, **options: Any) -> Reply:
        return self.call("PUT", path, body, **options)

    def patch(self, path: str, body: object = None, **options: Any) -> Reply:
        return self.call("PATCH", path, body, **options)

    def delete(self, path: str, **options: Any) -> Reply:
        return self.call("DELETE", path, **options)
