"""The way of a request to its handler, and the headers of every response."""

import uuid

import pytest

from tests.lib.web.conftest import LogLines, json_of
from tests.support.asgi import AsgiClient

THING = "11111111-1111-4111-8111-111111111111"
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/things/",
        "/things//call",
        "/things/1",
        f"/things/{THING}x",
        f"/things/{THING}/call/more",
        f"/things/{THING}%00",
        "/things/%F0%9F%92%A9",
        "/things/%2e%2e/scene",
        "/robots.txt",
        "/favicon.ico",
    ],
)
def test_a_path_that_no_route_has_is_not_found(client: AsgiClient, path: str) -> None:
    response = client.get(path)

    assert response.status_code == 404
    assert response.content_type == "application/problem+json"
    assert json_of(response)["code"] == "not_found"
    assert SECURITY_HEADERS.items() <= dict(response.headers).items()


@pytest.mark.parametrize("name", ["a%00b", "%E2%80%AEtxt", "%00"])
def test_a_name_that_the_database_could_not_hold_is_not_found(client: AsgiClient, name: str) -> None:
    assert client.get(f"/names/{name}").status_code == 404


@pytest.mark.parametrize("name", ["%ED%A0%80", "%FF", "a b", "%D9%85%D9%86%D9%89", "a%2Fb", "'; drop table things"])
def test_any_other_name_in_a_path_is_only_a_name(client: AsgiClient, name: str) -> None:
    assert client.get(f"/names/{name}").status_code in (200, 404)


def test_an_unknown_id_is_not_found_and_the_problem_names_the_path(client: AsgiClient) -> None:
    problem = json_of(client.get(f"/things/{THING}"))

    assert problem == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no such thing",
        "instance": f"/things/{THING}",
        "code": "not_found",
        "trace_id": problem["trace_id"],
    }


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "PROPFIND"])
def test_a_method_that_a_path_lacks_is_refused_with_those_it_has(client: AsgiClient, method: str) -> None:
    response = client.open("/things", method=method)

    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


def test_head_answers_as_get_does_without_the_body(client: AsgiClient) -> None:
    response = client.head("/scene")

    assert (response.status_code, response.data) == (200, b"")
    assert int(response.headers["Content-Length"]) > 0


def test_options_tells_the_methods_of_a_path(client: AsgiClient) -> None:
    response = client.options("/things")

    assert (response.status_code, response.headers["Allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert client.options("/nowhere").status_code == 404


def test_nothing_to_say_is_204_without_a_body_or_its_type(client: AsgiClient, administrator: dict[str, str]) -> None:
    response = client.delete(f"/things/{THING}", headers=administrator)

    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers


def test_without_a_token_one_is_told_to_sign_in(client: AsgiClient) -> None:
    response = client.delete(f"/things/{THING}")

    assert (response.status_code, json_of(response)["code"]) == (401, "unauthenticated")
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer a.b.c", "Bearer \u00e9", "Bearer " + "x" * 5000, "Token x y"])
def test_a_token_that_is_none_of_ours_is_refused(client: AsgiClient, header: str) -> None:
    response = client.delete(f"/things/{THING}", headers={"Authorization": header})

    assert (response.status_code, json_of(response)["code"]) == (401, "invalid_token")


def test_a_role_too_low_is_forbidden(client: AsgiClient, mona: dict[str, str]) -> None:
    assert client.delete(f"/things/{THING}", headers=mona).status_code == 403


@pytest.mark.parametrize("origin", ["https://app.example.com", "http://localhost:3000"])
def test_a_page_of_an_allowed_origin_may_ask_and_read(client: AsgiClient, origin: str) -> None:
    asked = client.options("/things", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    answered = client.get("/scene", headers={"Origin": origin})

    assert asked.status_code == 204
    assert asked.headers["Access-Control-Allow-Origin"] == origin
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    assert "Idempotency-Key" in asked.headers["Access-Control-Allow-Headers"]
    assert answered.headers["Access-Control-Allow-Origin"] == origin
    assert "Link" in answered.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Credentials" not in answered.headers


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "https://app.example.com.evil.example", "null", "http://app.example.com"]
)
def test_a_page_of_another_origin_may_do_neither(client: AsgiClient, origin: str) -> None:
    asked = client.options("/things", headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
    answered = client.get("/scene", headers={"Origin": origin})

    for response in (asked, answered):
        assert not [name for name in response.headers.keys() if name.startswith("Access-Control")]  # noqa: SIM118 - Headers iterate over pairs
        assert response.headers["Vary"] == "Origin"


def test_a_problem_can_be_read_by_an_allowed_page_too(client: AsgiClient) -> None:
    response = client.get("/nowhere", headers={"Origin": "https://app.example.com"})

    assert response.headers["Access-Control-Allow-Origin"] == "https://app.example.com"


def test_a_request_id_is_echoed_and_stands_in_every_log_line(client: AsgiClient, log_lines: LogLines) -> None:
    response = client.get("/nowhere", headers={"X-Request-Id": "app-42"})

    assert response.headers["X-Request-Id"] == "app-42"
    assert log_lines()
    assert {line["request_id"] for line in log_lines()} == {"app-42"}


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, 'a"b', "\u00e9"])
def test_a_request_id_that_could_harm_a_log_is_replaced_by_one_of_ours(client: AsgiClient, given: str) -> None:
    made = client.get("/scene", headers={"X-Request-Id": given}).headers["X-Request-Id"]

    assert str(uuid.UUID(made)) == made


@pytest.mark.parametrize(
    "header",
    [
        {"X-Cloud-Trace-Context": "0123456789abcdef0123456789abcdef/123;o=1"},
        {"traceparent": "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"},
    ],
)
def test_the_cloud_s_trace_is_the_trace_id_of_a_problem(client: AsgiClient, header: dict[str, str]) -> None:
    assert json_of(client.get("/nowhere", headers=header))["trace_id"] == "0123456789abcdef0123456789abcdef"


def test_the_client_s_address_is_the_balancer_s_word(client: AsgiClient) -> None:
    headers = {"X-Client-Address": "203.0.113.9", "X-Forwarded-For": "198.51.100.1"}

    assert json_of(client.get("/scene", headers=headers))["address"] == "203.0.113.9"
