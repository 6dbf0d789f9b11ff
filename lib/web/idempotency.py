"""Idempotency-Key: the same key and request give the first response again, however often the app sends them.

The same request is the same caller in the same role, method, path, query, media type and body. The role, because what staff
are shown is not for who is no longer one of them.

The claim on a key is a row that is committed first, so that a second request sees it. The response is stored in the same
transaction as the work, so that there is never one without the other. Work that calls the gateway can't be one
transaction: its response is stored right after it, and doing that work twice does no harm.
"""

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from lib import db, secrets
from lib.db import Transaction
from lib.errors import Conflict, Invalid, KeyInFlight, KeyReused, Problem
from lib.web.responses import Response

LONGEST_KEY = 255
CLAIM_SECONDS = 60
_NOBODY = uuid.UUID(int=0)
_NOT_STORED = (409, 429)
_SERVER_ERROR = 500


@dataclass(frozen=True, kw_only=True)
class KeyedRequest:
    """All by which a request is known to be the same one again. Who is not signed in has neither id nor role."""

    user_id: uuid.UUID | None
    role: str | None
    method: str
    path: str
    query: str
    media_type: str
    key: str
    body: bytes


@dataclass(frozen=True)
class Claim:
    """One request's claim on a key, which is good for CLAIM_SECONDS."""

    user_id: uuid.UUID
    method: str
    path: str
    key: str
    claim: uuid.UUID


@dataclass(frozen=True, kw_only=True)
class _Stored:
    """What is stored under a key; the response is null while the first request is still running."""

    fingerprint: str
    status: int | None
    content_type: str | None
    body: str | None


def once(
    request: KeyedRequest,
    *,
    in_one_transaction: bool,
    work: Callable[[], Response],
    problem_response: Callable[[Problem], Response],
) -> Response:
    """The response of `work`, or the one that is stored under this key. Raises KeyInFlight or KeyReused."""
    if not 1 <= len(request.key) <= LONGEST_KEY or not request.key.isprintable():
        raise Invalid.field(["header", "Idempotency-Key"], f"must be 1 to {LONGEST_KEY} printable characters")
    claim = Claim(request.user_id or _NOBODY, request.method, request.path, request.key, uuid.uuid4())
    if request.user_id is None:
        claim = _with_fingerprint_in_key(claim, list(_fingerprints(request)))
    stored = _claim_key(claim, next(_fingerprints(request)))
    if stored is not None:
        return _replay(stored, request)
    try:
        if in_one_transaction:
            return _work_and_store(claim, work)
        response = work()
    except Problem as problem:
        if problem.status in _NOT_STORED or problem.status >= _SERVER_ERROR:
            _release(claim)
            raise
        response = problem_response(problem)
    except BaseException:
        _release(claim)
        raise
    _store(claim, response)
    return response


def _replay(stored: _Stored, request: KeyedRequest) -> Response:
    if stored.fingerprint not in _fingerprints(request):
        raise KeyReused
    if stored.status is None or stored.body is None or stored.content_type is None:
        raise KeyInFlight
    return Response(stored.body.encode(), stored.content_type, stored.status, {"Idempotent-Replayed": "true"})


def _fingerprints(request: KeyedRequest) -> Iterator[str]:
    body = hashlib.sha256(request.body).hexdigest()
    # As JSON, so that no part can run into the next.
    text = json.dumps([request.role, request.query, request.media_type, body]).encode()
    # With a secret key, because a body may hold a password. With each key in use, because the keys may be rotated while
    # an Idempotency-Key is good.
    return (hmac.new(key.encode(), text, hashlib.sha256).hexdigest() for key in secrets.in_use(secrets.JWT_KEY))


def _with_fingerprint_in_key(claim: Claim, fingerprints: list[str]) -> Claim:
    """The claim with the request's fingerprint as a part of its key.

    All who are not signed in share one user, so two strangers may choose the same key. Another body or query is simply
    another request there and is not refused.
    """
    claims = [replace(claim, key=f"{claim.key} {fingerprint}") for fingerprint in fingerprints]
    return next((earlier for earlier in claims[1:] if _is_stored(earlier)), claims[0])


def _is_stored(claim: Claim) -> bool:
    return db.read.exists(
        """
        select 1 from idempotency_keys
        where user_id = :user_id and method = :method and path = :path and key = :key
        """,
        user_id=claim.user_id,
        method=claim.method,
        path=claim.path,
        key=claim.key,
    )


@db.in_transaction
def _claim_key(tx: Transaction, claim: Claim, fingerprint: str) -> _Stored | None:
    """Claim the key. None where it is ours now, else what another request has stored under it."""
    is_ours = tx.exists(
        """
        insert into idempotency_keys as earlier (user_id, method, path, key, fingerprint, claim)
        values (:user_id, :method, :path, :key, :fingerprint, :claim)
        on conflict (user_id, method, path, key) do update
            set fingerprint = excluded.fingerprint, claim = excluded.claim, claimed_at = now(), created_at = now(),
                status = null, content_type = null, body = null
            where earlier.created_at < now() - interval '24 hours'
               or earlier.status is null and earlier.fingerprint = excluded.fingerprint
                  and earlier.claimed_at < now() - make_interval(secs => :claim_seconds::integer)
        returning 1
        """,
        fingerprint=fingerprint,
        claim_seconds=CLAIM_SECONDS,
        **vars(claim),
    )
    if is_ours:
        return None
    stored = tx.first(
        _Stored,
        """
        select :row from idempotency_keys
        where user_id = :user_id and method = :method and path = :path and key = :key
        """,
        user_id=claim.user_id,
        method=claim.method,
        path=claim.path,
        key=claim.key,
    )
    if stored is None:
        raise KeyInFlight  # the other request released it between the two statements: the next try will get it
    return stored


@db.in_transaction
def _work_and_store(_tx: Transaction, claim: Claim, work: Callable[[], Response]) -> Response:
    # Both join this transaction.
    response = work()
    _store(claim, response)
    return response


@db.in_transaction
def _store(tx: Transaction, claim: Claim, response: Response) -> None:
    is_stored = tx.exists(
        """
        update idempotency_keys set status = :status, content_type = :content_type, body = :body
        where user_id = :user_id and method = :method and path = :path and key = :key and claim = :claim
        returning 1
        """,
        status=response.status,
        content_type=response.content_type,
        body=response.body.decode(),
        **vars(claim),
    )
    if not is_stored:
        raise Conflict("This request took so long that another one with its Idempotency-Key took over", retry_after=1)


@db.in_transaction
def _release(tx: Transaction, claim: Claim) -> None:
    # Where the result of the commit was lost, work and response may be committed after all: then the row must stay.
    tx.run(
        """
        delete from idempotency_keys
        where user_id = :user_id and method = :method and path = :path and key = :key and claim = :claim
              and status is null
        """,
        **vars(claim),
    )


def remove_answers_of(tx: Transaction, user_id: uuid.UUID) -> None:
    """Remove what a user was answered, because their account is being closed."""
    tx.run("delete from idempotency_keys where user_id = :user_id and status is not null", user_id=user_id)
