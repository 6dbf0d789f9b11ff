"""`python -m benchmarks.history`: what reads, postings and verifications cost on the large data, as ratios."""

import logging
import statistics
import time
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from benchmarks.seed_large import CUSTOMERS, seed
from benchmarks.server import large_database
from lib import db, ledger
from lib.db import Transaction
from lib.ledger.verifying import BATCH, verify_batch
from lib.security import tokens
from local.gateway import load_function
from tests.support.asgi import AsgiClient

TIMES = 200
DEEP_PAGES = 100


class Reader:
    """A customer who sends requests to the loyalty function in this process."""

    def __init__(self, number: int) -> None:
        self.user_id = db.read.value(UUID, "select md5('seed-customer-' || :number::integer)::uuid", number=number)
        self._headers = {"Authorization": f"Bearer {tokens.issue(tokens.Claims(self.user_id, _session(self.user_id)))}"}
        self._client = AsgiClient(load_function("loyalty"))

    def get(self, path: str) -> Any:
        """The response. Raises RuntimeError for any status but 200."""
        response = self._client.get(path, headers=self._headers)
        if response.status_code != 200:  # noqa: PLR2004 - HTTP's own
            raise RuntimeError(f"{path} answered {response.status_code}: {response.text}")
        return response

    def deep_page(self) -> str:
        """The path of the page behind DEEP_PAGES full ones."""
        path = "/api/wallet/me/transactions?limit=100"
        for _ in range(DEEP_PAGES):
            link = self.get(path).headers["Link"]
            path = link[link.index("/api/") : link.index(">")]
        return path


@db.in_transaction
def _session(tx: Transaction, user_id: UUID) -> UUID:
    return tx.value(UUID, "insert into sessions (user_id) values (:user_id) returning id", user_id=user_id)


@db.in_transaction
def _deposit(tx: Transaction, user_id: UUID) -> None:
    deposit = ledger.Transaction(
        key=f"bench:{uuid.uuid4()}",
        kind="DEPOSIT",
        postings=[ledger.Posting("DESK", "WALLET", Decimal(1), "EGP")],
        description=ledger.Description("Benchmark", "قياس"),
    )
    ledger.post(tx, ledger.lock_wallet(tx, user_id), [deposit])


def milliseconds(work: Callable[[], object], times: int = TIMES) -> float:
    """The median time that a piece of work takes."""
    for _ in range(10):
        work()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


def measure() -> None:
    """Print what each thing costs, for a customer with a hundred entries and for one with 50,000 more."""
    small, large = Reader(2), Reader(1)
    deep = large.deep_page()
    rows: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("wallet balance", lambda: small.get("/api/wallet/me/balance"), lambda: large.get("/api/wallet/me/balance")),
        ("points", lambda: small.get("/api/points/me"), lambda: large.get("/api/points/me")),
        (
            "history, first page of 20",
            lambda: small.get("/api/wallet/me/transactions?limit=20"),
            lambda: large.get("/api/wallet/me/transactions?limit=20"),
        ),
        ("one posting, committed", lambda: _deposit(small.user_id), lambda: _deposit(large.user_id)),
    ]
    print(f"{'':42} {'100 entries':>12} {'50,100':>12} {'ratio':>7}")
    for name, of_small, of_large in rows:
        first, second = milliseconds(of_small), milliseconds(of_large)
        print(f"{name:42} {first:9.2f} ms {second:9.2f} ms {second / first:7.2f}")
    first = milliseconds(lambda: large.get("/api/wallet/me/transactions?limit=100"))
    second = milliseconds(lambda: large.get(deep))
    print(f"{f'history, page 1 and page {DEEP_PAGES + 1} of 100':42} {first:9.2f} ms {second:9.2f} ms {second / first:7.2f}")


def verify() -> None:
    """Print how long it takes to verify the ledger of all customers, and of one batch."""
    began, batches, after = time.perf_counter(), 0, None
    while (batch := verify_batch(after)).last_user_id is not None:
        if batch.disagreements:
            raise SystemExit(f"the ledger disagrees: {batch.disagreements[0]}")
        batches, after = batches + 1, batch.last_user_id
    took = time.perf_counter() - began
    print(f"verify {CUSTOMERS} customers: {took:.1f} s, a batch of {BATCH} customers {took / batches * 1000:.0f} ms")


def main() -> None:
    """Measure on the large data, which is made first if it does not exist yet."""
    # Otherwise each request's log line would be a part of the measured time.
    logging.disable(logging.INFO)
    with large_database():
        seed()
        measure()
        verify()


if __name__ == "__main__":
    main()
