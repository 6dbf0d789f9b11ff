"""Row history: whether what a customer does becomes slower as their history, or that of others, grows.

`benchmarks/long_histories.py` makes the customers: each has a hundred entries, and the first one 50,000 more.
"""

import time
from uuid import UUID

from benchmarks import database, servers
from benchmarks.figures import Figure, rounds, times
from benchmarks.load import ROUNDS, Measured, Request, in_turns, later_page, wrk
from benchmarks.long_histories import CUSTOMERS, NAME, seed
from benchmarks.reading import SECONDS, reads
from benchmarks.servers import Server
from lib import db
from lib.db import Transaction
from lib.ledger.verifying import BATCH, verify_batch
from lib.security import tokens

LATE_PAGE = 101
_LONG, _SHORT = 1, 2
# Deposits go to many customers in turns, so that their histories stay short.
_DEPOSITORS = range(1_001, 2_001)
_READS = {
    "wallet balance": "/api/wallet/me/balance",
    "points with tier and what expires next": "/api/points/me",
    "history, first page of 20": "/api/wallet/me/transactions?limit=20",
}
_PAGE = "/api/wallet/me/transactions?limit=100"


@db.in_transaction
def _administrator(tx: Transaction) -> UUID:
    tx.run(
        """
        insert into users (id, email, password_hash, first_name, last_name, role, language)
        values (md5('seed-admin')::uuid, 'admin@seed.example', '!', 'Admin', 'Seed', 'ADMIN', 'en') on conflict do nothing
        """
    )
    return tx.value(UUID, "select md5('seed-admin')::uuid")


@db.in_transaction
def _token(tx: Transaction, user_id: UUID) -> str:
    session_id = tx.value(UUID, "insert into sessions (user_id) values (:user_id) returning id", user_id=user_id)
    return tokens.issue(tokens.Claims(user_id, session_id))


def _customer(number: int) -> UUID:
    return db.read.value(UUID, "select md5('seed-customer-' || :number::integer)::uuid", number=number)


def _reads(server: Server, long: str, short: str) -> list[Figure]:
    """What the two customers read, and a late page of the long history beside its first."""
    figures = []
    for what, path in _READS.items():
        ours, beside = in_turns(*(reads(server, Request("GET", path, token), 1) for token in (long, short)))
        figures.append(times(f"{what}: 50,100 entries beside 100", ours, beside, None))
    late = later_page(server, Request("GET", _PAGE, long), LATE_PAGE)
    ours, beside = in_turns(*(reads(server, request, 1) for request in (late, Request("GET", _PAGE, long))))
    return [*figures, times(f"history, page {LATE_PAGE} of 100 beside page 1", ours, beside, None)]


def _deposits(server: Server, token: str) -> Figure:
    def round_of(customers: list[UUID]) -> Measured:
        body = '{"amount": 1, "description_en": "Benchmark"}'
        requests = [Request("POST", f"/api/wallet/deposit?user_id={one}", token, body) for one in customers]
        return wrk(server, requests, 1, SECONDS)

    long, short = [_customer(_LONG)], [_customer(number) for number in _DEPOSITORS]
    ours, beside = in_turns(lambda: round_of(long), lambda: round_of(short))
    return times("a deposit by staff: 50,100 entries beside some 100", ours, beside, None)


def _verify() -> float:
    """The seconds that it takes to verify the ledger of all customers. Exits where it disagrees."""
    began, after = time.perf_counter(), None
    while (batch := verify_batch(after)).last_user_id is not None:
        if batch.disagreements:
            raise SystemExit(f"the ledger disagrees: {batch.disagreements[0]}")
        after = batch.last_user_id
    return time.perf_counter() - began


def row(server_url: str) -> list[Figure]:
    """Reads, deposits, and verifying the ledger, on customers that are made where they are not there yet."""
    with database.using(server_url, NAME):
        seed()
        with servers.function("loyalty") as server:
            figures = _reads(server, _token(_customer(_LONG)), _token(_customer(_SHORT)))
            figures.append(_deposits(server, _token(_administrator())))
        whole = rounds("s", [_verify() for _ in range(ROUNDS)])
    return [*figures, Figure(what=f"`verify-ledger`, {CUSTOMERS:,} customers in batches of {BATCH}", ours=whole)]
