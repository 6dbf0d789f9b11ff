"""Idempotency-Key: the work of one key is done once, whatever happens in between."""

import json
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lib.errors import Busy, Conflict, Forbidden, NotFound, OutcomeUnknown, Problem, TooManyRequests
from lib.security import callers
from lib.web import idempotency
from tests.lib.web.conftest import json_of
from tests.lib.web.example import scene
from tests.support import database as statements
from tests.support.asgi import AsgiClient, AsgiResponse
from tests.support.clients import System
from tests.support.people import make_person

WAIT_SECONDS = 20
THING = "11111111-1111-4111-8111-111111111111"


class App:
    """Makes things under one key."""

    def __init__(self, client: AsgiClient, headers: dict[str, str], database: str) -> None:
        self.client = client
        self.headers = headers
        self.database = database
        self.key = str(uuid.uuid4())
        self.name = f"thing {uuid.uuid4()}"

    def make(self, path: str = "/things", **options: Any) -> AsgiResponse:
        headers = options.get("headers", self.headers)
        key = options.get("key", self.key)
        return self.client.post(
            path,
            data=json.dumps({"name": options.get("name", self.name)}),
            content_type=options.get("content_type", "application/json"),
            headers={**headers, "Idempotency-Key": key},
        )

    def made(self) -> int:
        """How many things of this name there are."""
        return int(statements.run(self.database, "select count(*) from things where name = :name", name=self.name)[0][0])

    def claims(self) -> list[list[Any]]:
        return statements.run(self.database, "select status, claim from idempotency_keys where key = :key", key=self.key)

    def age(self, interval: str) -> None:
        """Move the claim on the key this far into the past."""
        moved = "update idempotency_keys set claimed_at = now() - :age::interval, created_at = now() - :age::interval"
        statements.run(self.database, f"{moved} where key = :key", age=interval, key=self.key)


@pytest.fixture
def app(client: AsgiClient, mona: dict[str, str], things: str) -> App:
    return App(client, mona, things)


@pytest.fixture
def held(app: App) -> Iterator[threading.Event]:
    """The first thing that is made waits until this event is set; the others are made at once."""
    let_go, first = threading.Event(), threading.Lock()

    def wait() -> None:
        if first.acquire(blocking=False):
            assert let_go.wait(WAIT_SECONDS)

    assert app
    scene.during = wait
    yield let_go
    let_go.set()


def _wait_for_claim(app: App) -> None:
    while not app.claims():
        threading.Event().wait(0.01)


def _refuse(problem: Problem) -> None:
    raise problem


def test_the_same_key_and_body_give_the_first_answer_again(app: App) -> None:
    first, second = app.make(), app.make()

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.data == second.data
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.content_type == first.content_type
    assert app.made() == 1


def test_without_a_key_each_request_is_a_new_one(app: App) -> None:
    for _ in range(2):
        app.client.post("/things", json={"name": app.name}, headers=app.headers)

    assert app.made() == 2


def test_the_same_key_with_another_body_is_refused(app: App) -> None:
    app.make()

    response = app.make(name="something else")

    assert (response.status_code, json_of(response)["code"]) == (422, "idempotency_key_reused")
    assert json_of(response)["errors"][0]["loc"] == ["header", "Idempotency-Key"]


@pytest.mark.parametrize("path", ["/things?user_id=2", "/things?user_id=1&user_id=2", "/things?user_id=1&", "/things"])
def test_the_same_key_with_another_query_is_refused(app: App, path: str) -> None:
    assert app.make("/things?user_id=1").status_code == 201

    response = app.make(path)

    assert (response.status_code, json_of(response)["code"]) == (422, "idempotency_key_reused")
    assert app.make("/things?user_id=1").headers["Idempotent-Replayed"] == "true"
    assert app.made() == 1


def test_nor_does_a_stranger_s_key_answer_another_query(app: App) -> None:
    app.make("/open/things?a=1", headers={})
    assert "Idempotent-Replayed" not in app.make("/open/things?a=2", headers={}).headers
    assert "Idempotent-Replayed" in app.make("/open/things?a=1", headers={}).headers


def test_the_same_key_with_another_media_type_is_refused(app: App) -> None:
    app.make(content_type="application/json; charset=utf-8")
    same = app.make(content_type="Application/JSON")
    other = app.make(content_type="application/merge-patch+json")

    assert (same.status_code, other.status_code) == (201, 422)
    assert same.headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize(("before", "after"), [("ADMIN", "CUSTOMER"), ("EMPLOYEE", "AGENT"), ("CUSTOMER", "ADMIN")])
def test_what_one_role_was_answered_is_not_shown_to_another(app: App, before: str, after: str) -> None:
    person = make_person(System("", app.database, "", Path()), before)
    headers = {"Authorization": f"Bearer {person.client.token}"}
    assert app.make(headers=headers).status_code == 201
    statements.run(app.database, "update users set role = :role where id = :id::uuid", role=after, id=person.id)
    callers._cache.clear()

    response = app.make(headers=headers)

    assert (response.status_code, json_of(response)["code"]) == (422, "idempotency_key_reused")
    assert app.made() == 1


def test_a_key_belongs_to_its_user_and_its_path(app: App, nour: dict[str, str]) -> None:
    answers = [app.make(), app.make(headers=nour), app.make(f"/things/{uuid.uuid4()}/call"), app.make("/open/things")]

    assert [answer.status_code for answer in answers] == [201, 201, 200, 201]
    assert not any("Idempotent-Replayed" in answer.headers for answer in answers)


def test_the_key_of_one_who_is_not_signed_in_belongs_to_its_body(app: App) -> None:
    first, other, again = (app.make("/open/things", headers={}, name=name) for name in ("mine", "a stranger's", "mine"))

    assert [answer.status_code for answer in (first, other, again)] == [201, 201, 201]
    assert "Idempotent-Replayed" not in other.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (json_of(other)["name"], again.data) == ("a stranger's", first.data)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "\u0001", "a\u0085b"])
def test_a_key_that_can_not_be_kept_is_refused_and_nothing_is_done(app: App, key: str) -> None:
    response = app.make(key=key)

    assert (response.status_code, json_of(response)["errors"][0]["loc"]) == (422, ["header", "Idempotency-Key"])
    assert app.made() == 0


@pytest.mark.parametrize("key", ["x" * 255, "a b", "'; drop table things; --", "\u00e9"])
def test_any_printable_key_of_up_to_255_characters_is_honoured(app: App, key: str) -> None:
    key = key[:-36] + app.key if len(key) == 255 else key + app.key

    app.make(key=key)

    assert app.make(key=key).headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("problem", [Conflict("no"), TooManyRequests("no"), Busy()], ids=lambda one: str(one.status))
@pytest.mark.parametrize("path", ["/things", f"/things/{THING}/call"])
def test_an_answer_that_may_change_by_itself_is_not_kept(app: App, path: str, problem: Problem) -> None:
    scene.during = lambda: _refuse(problem)
    first = app.make(path)
    scene.during = lambda: None
    second = app.make(path)

    assert first.status_code == problem.status
    assert second.status_code in (200, 201)
    assert "Idempotent-Replayed" not in second.headers


def test_neither_is_an_unforeseen_error(app: App) -> None:
    scene.during = lambda: 1 // 0
    assert app.make().status_code == 500
    scene.during = lambda: None

    assert app.make().status_code == 201
    assert app.made() == 1


@pytest.mark.parametrize("problem", [NotFound("no"), Forbidden("no")], ids=lambda one: str(one.status))
@pytest.mark.parametrize("path", ["/things", f"/things/{THING}/call"])
def test_a_refusal_that_stays_is_kept_and_its_work_is_not(app: App, path: str, problem: Problem) -> None:
    scene.during = lambda: _refuse(problem)
    first = app.make(path)
    scene.during = lambda: None
    second = app.make(path)

    assert (first.status_code, second.status_code) == (problem.status, problem.status)
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.content_type == "application/problem+json"
    assert second.data == first.data
    assert app.made() == 0


def test_a_body_that_breaks_the_model_takes_no_key(app: App) -> None:
    assert app.make(name="").status_code == 422
    assert not app.claims()


@pytest.mark.parametrize("path", ["/things", f"/things/{THING}/call"])
def test_of_two_at_once_one_does_the_work_and_the_other_is_told_to_come_back(
    app: App, held: threading.Event, path: str
) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(app.make, path)
        _wait_for_claim(app)
        early = app.make(path)
        held.set()
        done = slow.result(WAIT_SECONDS)

    assert (early.status_code, json_of(early)["code"]) == (409, "idempotency_key_in_flight")
    assert early.headers["Retry-After"] == "1"
    assert done.status_code in (200, 201)
    assert app.make(path).data == done.data


def test_many_at_once_make_one_thing(app: App) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: app.make(), range(8)))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert app.make().status_code == 201
    assert app.made() == 1


def test_a_claim_whose_worker_died_lapses_after_a_minute(app: App, held: threading.Event) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(app.make)
        _wait_for_claim(app)
        app.age("59 seconds")
        before = app.make()
        app.age("61 seconds")
        after = app.make()
        held.set()
        late = slow.result(WAIT_SECONDS)

    assert before.status_code == 409
    assert after.status_code == 201
    # The late request has changed nothing, because its work was rolled back.
    assert late.status_code == 409
    assert app.made() == 1
    assert app.make().data == after.data


def test_a_lapsed_claim_is_no_leave_for_another_body(app: App, held: threading.Event) -> None:
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(app.make)
        _wait_for_claim(app)
        app.age("61 seconds")
        other = app.make(name="something else")
        held.set()
        slow.result(WAIT_SECONDS)

    assert other.status_code == 422


def test_a_key_lives_for_a_day(app: App) -> None:
    app.make()
    app.age("23 hours 59 minutes")
    assert app.make().headers["Idempotent-Replayed"] == "true"
    app.age("24 hours 1 minute")

    assert "Idempotent-Replayed" not in app.make(name=app.name).headers
    assert app.made() == 2


def test_work_whose_answer_can_not_be_stored_is_rolled_back(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the store fails")

    monkeypatch.setattr(idempotency, "_store", fail)

    assert app.make().status_code == 500
    assert app.made() == 0
    assert not app.claims()


def test_an_answer_that_was_stored_stays_when_the_commit_s_own_answer_is_lost(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = idempotency._work_and_store

    def lose(*arguments: Any) -> None:
        store(*arguments)
        raise OutcomeUnknown

    monkeypatch.setattr(idempotency, "_work_and_store", lose)
    lost = app.make()
    monkeypatch.undo()

    assert (lost.status_code, json_of(lost)["code"]) == (503, "outcome_unknown")
    assert app.make().headers["Idempotent-Replayed"] == "true"
    assert app.made() == 1


def test_a_key_outlives_the_rotation_of_the_secret_that_its_print_is_made_with(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def use(*versions: str) -> None:
        monkeypatch.setattr(idempotency, "secrets", SimpleNamespace(JWT_KEY="key", in_use=lambda _name: iter(versions)))

    use("old")
    app.make()
    app.make("/open/things", headers={})
    use("new", "old")

    assert app.make().headers["Idempotent-Replayed"] == "true"
    assert app.make("/open/things", headers={}).headers["Idempotent-Replayed"] == "true"
