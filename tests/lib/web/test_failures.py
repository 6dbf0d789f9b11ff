"""Unexpected errors: the caller gets a trace id, the log has the rest, and there is a secret in neither."""

import pytest

from lib.config import config
from lib.errors import Busy, Problem, TooManyRequests
from tests.lib.web.conftest import LogLines, json_of
from tests.lib.web.example import scene
from tests.support.asgi import AsgiClient

SECRETS = {
    "e-mail": ("could not mail mona.ali@example.com", "mona.ali"),
    "Arabic e-mail": ("could not mail \u0645\u0646\u0649.\u0639\u0644\u064a@example.com", "\u0646\u0649.\u0639\u0644\u064a"),
    "phone": ("could not call +201012345678", "1012345678"),
    "local phone": ("could not call 01012345678.", "1012345678"),
    "phone with 00": ("could not call 00201012345678", "1012345678"),
    "access token": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl does not hold", "eyJzdWIiOiIxIn0"),
    "header": ("Authorization: Bearer opaque-token-value", "opaque-token-value"),
    "invoice link": ("GET /invoices/verify/Zm9vYmFyYmF6 200", "Zm9vYmFyYmF6"),
}


def _raise(error: BaseException) -> None:
    raise error


def test_an_unforeseen_error_is_a_500_with_a_trace_id_and_nothing_else(client: AsgiClient, log_lines: LogLines) -> None:
    scene.during = lambda: _raise(ZeroDivisionError("the till of mona@example.com is empty"))

    response = client.get("/scene", headers={"X-Request-Id": "app-7"})

    assert response.status_code == 500
    assert json_of(response) == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "Something went wrong on our side; quote the trace_id when you report it",
        "instance": "/scene",
        "code": "internal_error",
        "trace_id": "app-7",
    }
    (line,) = [one for one in log_lines() if "stack_trace" in one]
    assert "ZeroDivisionError" in line["stack_trace"]
    assert "in _raise" in line["stack_trace"]
    assert "mona@" not in line["stack_trace"]


@pytest.mark.parametrize(("message", "secret"), SECRETS.values(), ids=SECRETS)
def test_personal_data_and_tokens_are_masked_in_logs(
    client: AsgiClient, log_lines: LogLines, message: str, secret: str
) -> None:
    scene.during = lambda: _raise(RuntimeError(message))

    client.get("/scene")

    assert "RuntimeError" in str(log_lines())
    assert secret not in str(log_lines())


def test_nothing_of_one_request_stands_in_the_log_of_the_next(
    client: AsgiClient, mona: dict[str, str], log_lines: LogLines
) -> None:
    client.post("/things", json={}, headers=mona)
    client.get("/scene")

    assert "user_id" in log_lines()[-2]
    assert "user_id" not in log_lines()[-1]
    assert "code" not in log_lines()[-1]


@pytest.mark.parametrize(
    ("problem", "status", "retry_after"),
    [(Busy(), 503, "2"), (TooManyRequests("Too many", retry_after=17), 429, "17")],
)
def test_who_may_come_back_is_told_when(client: AsgiClient, problem: Problem, status: int, retry_after: str) -> None:
    scene.during = lambda: _raise(problem)

    response = client.get("/scene")

    assert (response.status_code, response.headers["Retry-After"]) == (status, retry_after)


def test_in_the_cloud_lines_stand_under_the_trace_of_their_request(
    client: AsgiClient, log_lines: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRETS_PROJECT", "altayarvip-check")
    config.cache_clear()
    client.get("/scene", headers={"X-Cloud-Trace-Context": "0123456789abcdef0123456789abcdef/1;o=1"})
    monkeypatch.undo()
    config.cache_clear()
    traces = {line["logging.googleapis.com/trace"] for line in log_lines()}
    assert traces == {"projects/altayarvip-check/traces/0123456789abcdef0123456789abcdef"}
