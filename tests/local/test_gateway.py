"""One port for every function, and the client's address as the balancer sets it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from local.gateway import Gateway
from local.routes import read_routes
from tests.support.asgi import AsgiApp, AsgiClient
from tests.support.clients import Client


def _telling(name: str) -> AsgiApp:
    async def app(scope: dict[str, Any], _receive: Any, send: Any) -> None:
        address = b",".join(value for name, value in scope["headers"] if name == b"x-client-address")
        headers = [(b"x-function", name.encode()), (b"x-seen-address", address)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": scope["query_string"]})

    return app


@pytest.fixture
def gateway(tmp_path: Path) -> Gateway:
    file = tmp_path / "routes.yaml"
    routes = [{"path": "/a/*/b", "function": "second"}, {"path": "/a/**", "function": "third"}]
    file.write_text(yaml.safe_dump({"default": "first", "routes": routes, "private": []}))
    return Gateway(read_routes(file), {name: _telling(name) for name in ("first", "second", "third")})


def ask(gateway: Gateway, path: str, **headers: str) -> tuple[bytes, dict[str, str]]:
    answer = AsgiClient(gateway).get(path, peer="203.0.113.7", headers=headers)
    return answer.data, dict(answer.headers)


@pytest.mark.parametrize(
    ("path", "function"),
    [("/", "first"), ("/a/x/b", "second"), ("/a/x/b?y=/a/z", "second"), ("/a/x%2Fb", "third"), ("/a?/a/b", "first")],
)
def test_a_path_goes_to_its_function_as_it_was_sent_and_without_its_query(
    gateway: Gateway, path: str, function: str
) -> None:
    body, headers = ask(gateway, path)

    assert headers["X-Function"] == function
    assert body.decode() == path.partition("?")[2]


def test_an_address_that_the_client_claims_is_overwritten(gateway: Gateway) -> None:
    assert ask(gateway, "/", **{"X-Client-Address": "10.0.0.1"})[1]["X-Seen-Address"] == "203.0.113.7"
    assert ask(gateway, "/")[1]["X-Seen-Address"] == "203.0.113.7"


@pytest.mark.parametrize(
    "path", ["/", "/health", "/health/ready", "/docs", "/docs/start.js", "/docs/swagger-ui.css", "/openapi.json"]
)
def test_the_default_function_answers_for_the_whole(anyone: Client, path: str) -> None:
    assert anyone.get(path).status == 200


def test_the_service_tells_what_it_is(anyone: Client) -> None:
    assert anyone.get("/").json == {"message": "AltayarVIP API", "version": "1.0.0", "status": "running"}
    assert anyone.get("/health").json == {"status": "healthy"}


@pytest.mark.parametrize("name", ["nothing.js", "..%2F..%2Fpackage.json", "%2e%2e"])
def test_the_page_of_the_description_loads_from_our_own_origin_and_nothing_else(anyone: Client, name: str) -> None:
    page = anyone.get("/docs")

    assert "://" not in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert anyone.get(f"/docs/{name}").status == 404
