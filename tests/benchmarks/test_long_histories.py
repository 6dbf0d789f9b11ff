"""The customers that row history makes: the ledger's proofs find nothing wrong with them."""

from collections.abc import Iterator

import pytest

from benchmarks import long_histories
from lib import db
from lib.config import config
from lib.db import pool
from lib.ledger.verifying import verify_batch
from tests.support.database import run, scratch_database
from tests.support.sharing import Shared


def use(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    pool.pool()._close_idle()
    pool.pool.cache_clear()
    config.cache_clear()


@pytest.fixture
def own_database(database: str, shared: Shared, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with scratch_database(shared.server_url, shared.template) as url:
        use(url, monkeypatch)
        yield url
        use(database, monkeypatch)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("CUSTOMERS", 4), ("BATCH", 2), ("LONG_HISTORY", 1000)):
        monkeypatch.setattr(long_histories, name, value)


def test_they_have_histories_that_verify(own_database: str) -> None:
    long_histories.seed()

    assert verify_batch(None).disagreements == []
    assert run(own_database, "select count(*) from ledger_entries") == [[4 * 100 + 2 * 1000]]
    assert run(own_database, "select count(*) from orders where status = 'PAID'") == [[8]]


def test_what_is_there_is_not_made_twice(own_database: str) -> None:
    long_histories.seed()
    before = run(own_database, "select count(*) from ledger_entries")

    long_histories.seed()

    assert run(own_database, "select count(*) from ledger_entries") == before


def test_a_database_with_customers_of_its_own_is_left_alone(own_database: str) -> None:
    run(
        own_database,
        "insert into users (email, password_hash, first_name, last_name, language)"
        " values ('a@b.example', '!', 'A', 'B', 'en')",
    )

    with pytest.raises(SystemExit, match="users of its own"):
        long_histories.seed()

    assert db.read.value(int, "select count(*) from users") == 1
