"""What nobody needs any more goes, and nothing that somebody does."""

import uuid

import pytest

from functions.jobs import purging, runs
from tests.support import database
from tests.support.clients import System
from tests.support.money import Desk, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def a_key(desk: Desk, age: str) -> str:
    key = str(uuid.uuid4())
    desk.run(
        f"""
        insert into idempotency_keys (user_id, method, path, key, fingerprint, claim, created_at)
        values (:user, 'POST', '/', :key, '', gen_random_uuid(), now() - interval '{age}')
        """,  # noqa: S608 - a test's own
        user=desk.customer.id,
        key=key,
    )
    return key


def there_is_key(desk: Desk, key: str) -> bool:
    return bool(desk.run("select 1 from idempotency_keys where key = :key", key=key))


def test_a_table_that_can_not_be_purged_stops_none_of_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    key = a_key(desk, "40 days")
    poisoned = {"poisoned": "select 1 / 0", **purging._REMOVE_A_BATCH}
    monkeypatch.setattr(purging, "_REMOVE_A_BATCH", poisoned)
    outcomes = purging.purge()["outcomes"]
    assert isinstance(outcomes, dict)
    assert outcomes["failed"] == 1
    assert not there_is_key(desk, key)


def a_session(desk: Desk, created: str, used: str, ended: str | None = None) -> str:
    """A session with a token and its successor; ages before now."""
    rows = desk.run(
        """
        insert into sessions (user_id, created_at, last_used_at, ended_at, end_reason)
        values (:user, now() - :created::interval, now() - :used::interval, now() - :ended::interval,
                case when :ended::text is not null then 'LOGOUT' end)
        returning id::text
        """,
        user=desk.customer.id,
        created=created,
        used=used,
        ended=ended,
    )
    desk.run(
        """
        with first as (
            insert into refresh_tokens (session_id, token_hash)
            values (:id, sha256(gen_random_uuid()::text::bytea)) returning id
        )
        insert into refresh_tokens (session_id, parent_id, token_hash)
        select :id, id, sha256(gen_random_uuid()::text::bytea) from first
        """,
        id=rows[0][0],
    )
    return str(rows[0][0])


def test_keys_go_after_a_day(desk: Desk) -> None:
    old, young = a_key(desk, "25 hours"), a_key(desk, "23 hours")
    answer = desk.job("purge")
    assert answer["outcomes"]["idempotency_keys"] >= 1
    assert (there_is_key(desk, old), there_is_key(desk, young)) == (False, True)
    assert desk.job("purge")["left"] == 0


@pytest.mark.parametrize(
    ("created", "used", "ended", "is_kept"),
    [
        ("1 day", "1 day", None, True),
        ("59 days", "59 days", None, True),
        ("61 days", "61 days", None, False),
        ("119 days", "1 day", None, True),
        ("121 days", "1 day", None, False),
        ("40 days", "40 days", "29 days", True),
        ("40 days", "40 days", "31 days", False),
    ],
)
def test_sessions_go_a_month_after_they_ended(desk: Desk, created: str, used: str, ended: str | None, is_kept: bool) -> None:  # noqa: FBT001 - a parameter of the test
    session_id = a_session(desk, created, used, ended)
    desk.job("purge")
    left = desk.run(
        """
        select (select count(*) from sessions where id = :id::uuid),
               (select count(*) from refresh_tokens where session_id = :id::uuid)
        """,
        id=session_id,
    )
    assert left == ([[1, 2]] if is_kept else [[0, 0]])


def test_attempts_to_log_in_go_after_a_day(desk: Desk) -> None:
    account = str(uuid.uuid4())
    for age in ("25 hours", "1 hour"):
        desk.run(
            f"insert into login_attempts (account, address, at) values (:account, 'x', now() - interval '{age}')",  # noqa: S608 - a test's own
            account=account,
        )
    desk.job("purge")
    assert desk.run("select count(*) from login_attempts where account = :account", account=account) == [[1]]
    database.run(desk.system.database_url, "delete from login_attempts where address = 'x'")


def test_it_works_in_batches_and_says_what_is_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [a_key(desk, "2 days") for _ in range(5)]
    monkeypatch.setattr(purging, "BATCH", 2)
    with monkeypatch.context() as patched:
        patched.setattr(runs, "RUN_SECONDS", 0.0)
        assert purging.purge() == {"done": 0, "left": 5, "outcomes": {}}
    assert purging.purge()["left"] == 0
    assert not [key for key in keys if there_is_key(desk, key)]
