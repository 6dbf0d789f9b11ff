"""Idempotency-Key: the same key and body give the first answer again, however often the app asks.

The claim is a row of its own, committed first, so that a second request sees it. The answer is stored in the very
transaction that does the work, so that neither can stand without the other; where the work calls the gateway and so
can't be one transaction, it is stored right after, and the work itself bears being done twice.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from lib import db, secrets
from lib.db import Transaction
from lib.errors import Conflict, Invalid, KeyInFlight, KeyReused, Problem
from lib.web.answers import Answer

LONGEST_KEY = 255
CLAIM_SECONDS = 60
_NOBODY = uuid.UUID(int=0)
_NOT_KEPT = (409, 429)
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Claim:
    """One request's hold on a key, for CLAIM_SECONDS."""

    user_id: uuid.UUID
    method: str
    path: str
    key: str
    claim: uuid.UUID


def once(
    *,
    user_id: uuid.UUID | None,
    method: str,
    path: str,
    key: str,
    body: bytes,
    in_one_transaction: bool,
    work: Callable[[], Answer],
    problem_answer: Callable[[Problem], Answer],
) -> Answer:
    """The answer of `work`, or the one that this key had before. Raises KeyInFlight or KeyReused."""
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        raise Invalid.field(["header", "Idempotency-Key"], f"must be 1 to {LONGEST_KEY} printable characters")
    prints = _fingerprints(body)
    claim = Claim(user_id or _NOBODY, method, path, key, uuid.uuid4())
    if user_id is None:
        claim = _of_anyone(claim, prints)
    earlier = _take(claim, prints[0])
    if earlier is not None:
        fingerprint, status, content_type, text = earlier
        if fingerprint not in prints:
            raise KeyReused
        if status is None:
            raise KeyInFlight
        return Answer(text.encode(), content_type, status, {"Idempotent-Replayed": "true"})
    try:
        if in_one_transaction:
            return _work_and_store(claim, work)
        answer = work()
    except Problem as problem:
        if problem.status in _NOT_KEPT or problem.status >= _SERVER_ERROR:
            _release(claim)
            raise
        answer = problem_answer(problem)
    except BaseException:
        _release(claim)
        raise
    _store_alone(claim, answer)
    return answer


def _fingerprints(body: bytes) -> list[str]:
    # Keyed, because a body may hold a password; under each key in use, because keys rotate within a key's 24 hours.
    return [hmac.new(key.encode(), body, hashlib.sha256).hexdigest() for key in secrets.versions(secrets.JWT_KEY)[:2]]


def _of_anyone(claim: Claim, prints: list[str]) -> Claim:
    """The claim under a key of its body's own.

    Those who have not signed in share one user, and a stranger's choice of key must not refuse anybody's request: the
    body is part of the key, so the same key and body are replayed and another body is simply another request.
    """
    claims = [replace(claim, key=f"{claim.key} {fingerprint}") for fingerprint in prints]
    return next((earlier for earlier in claims[1:] if _stands(earlier)), claims[0])


def _stands(claim: Claim) -> bool:
    rows = db.read(
        """
        select 1 from idempotency_keys
        where user_id = :user_id and method = :method and path = :path and key = :key
        """,
        user_id=claim.user_id,
        method=claim.method,
        path=claim.path,
        key=claim.key,
    )
    return bool(rows)


@db.in_transaction
def _take(tx: Transaction, claim: Claim, fingerprint: str) -> tuple[str, int | None, str, str] | None:
    """Take the key; None where it is ours now, else what stands under it."""
    taken = tx.row(
        """
        insert into idempotency_keys as held (user_id, method, path, key, fingerprint, claim)
        values (:user_id, :method, :path, :key, :fingerprint, :claim)
        on conflict (user_id, method, path, key) do update
            set fingerprint = excluded.fingerprint, claim = excluded.claim, claimed_at = now(), created_at = now(),
                status = null, content_type = null, body = null
            where held.created_at < now() - interval '24 hours'
               or held.status is null and held.fingerprint = excluded.fingerprint
                  and held.claimed_at < now() - make_interval(secs => :claim_seconds::integer)
        returning 1
        """,
        fingerprint=fingerprint,
        claim_seconds=CLAIM_SECONDS,
        **vars(claim),
    )
    if taken:
        return None
    held = tx.row(
        """
        select fingerprint, status, content_type, body from idempotency_keys
        where user_id = :user_id and method = :method and path = :path and key = :key
        """,
        user_id=claim.user_id,
        method=claim.method,
        path=claim.path,
        key=claim.key,
    )
    if held is None:
        raise KeyInFlight  # released between the two statements: the next try takes it
    return held[0], held[1], held[2], held[3]


@db.in_transaction
def _work_and_store(tx: Transaction, claim: Claim, work: Callable[[], Answer]) -> Answer:
    answer = work()
    _store(tx, claim, answer)
    return answer


@db.in_transaction
def _store_alone(tx: Transaction, claim: Claim, answer: Answer) -> None:
    _store(tx, claim, answer)


def _store(tx: Transaction, claim: Claim, answer: Answer) -> None:
    stored = tx.row(
        """
        update idempotency_keys set status = :status, content_type = :content_type, body = :body
        where user_id = :user_id and method = :method and path = :path and key = :key and claim = :claim
        returning 1
        """,
        status=answer.status,
        content_type=answer.content_type,
        body=answer.body.decode(),
        **vars(claim),
    )
    if not stored:
        raise Conflict("This request took so long that another one with its Idempotency-Key took over", retry_after=1)


@db.in_transaction
def _release(tx: Transaction, claim: Claim) -> None:
    # Where the answer to the commit was lost, the answer may be stored after all: then it stays, and so does the work.
    tx.run(
        """
        delete from idempotency_keys
        where user_id = :user_id and method = :method and path = :path and key = :key and claim = :claim
              and status is null
        """,
        **vars(claim),
    )
