"""The second factor of an account: codes of an authenticator app (TOTP), and recovery codes where the app is lost.

A code holds once, and a clock may be a step of time ahead or behind. The account's row must be locked by whoever changes its
factor, so that a login sees the factor as it is.
"""

import base64
import hashlib
import hmac
import secrets as randomness
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import pyotp

from lib import db, logs, secrets
from lib.db import Transaction
from lib.errors import Conflict
from lib.security import sealing
from lib.security.codes import as_typed

log = logs.get(__name__)

ISSUER = "AltayarVIP"
STEP_SECONDS = 30
DRIFT_STEPS = 1
RECOVERY_CODES = 10
# 80 random bits can't be guessed, so a plain hash of them is safe to store.
_RECOVERY_BYTES = 10
_GROUP = 4


@dataclass(frozen=True, kw_only=True)
class _Factor:
    user_id: UUID
    secret: bytes
    last_step: int


def begin(tx: Transaction, user_id: UUID) -> str:
    """Make a secret, in place of one that was begun before; it counts once a code confirms it.

    Raises Conflict if a second factor is set up.
    """
    secret = pyotp.random_base32()
    is_begun = tx.exists(
        """
        insert into second_factors (user_id, secret) values (:user_id, :secret)
        on conflict (user_id) do update set secret = excluded.secret, last_step = 0
        where second_factors.confirmed_at is null returning 1
        """,
        user_id=user_id,
        secret=sealing.seal(secret, user_id),
    )
    if not is_begun:
        raise Conflict("A second factor is set up already; end it before you set up another")
    return secret


def address_for_app(secret: str, email: str) -> str:
    """The otpauth address that authenticator apps read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def confirm(tx: Transaction, user_id: UUID, given: str) -> list[str] | None:
    """Set up the factor that was begun; its recovery codes, which nobody sees again. None if the code is wrong.

    Raises Conflict if none was begun.
    """
    factor = _locked(tx, user_id, "confirmed_at is null")
    if factor is None:
        raise Conflict("No second factor was begun, or it is set up already")
    if not _take_app_code(tx, factor, as_typed(given)):
        return None
    tx.run("update second_factors set confirmed_at = now() where user_id = :user_id", user_id=user_id)
    return renew_recovery_codes(tx, user_id)


def is_set_up(tx: Transaction, user_id: UUID) -> bool:
    """Whether this account needs a code."""
    return tx.exists("select 1 from second_factors where user_id = :id and confirmed_at is not null", id=user_id)


def take_code(tx: Transaction, user_id: UUID, given: str) -> bool:
    """Whether this code of the app, or recovery code, is right. It holds no more then."""
    factor = _locked(tx, user_id, "confirmed_at is not null")
    if factor is None:
        return False
    typed = as_typed(given)
    return _take_app_code(tx, factor, typed) or _take_recovery_code(tx, user_id, typed)


def renew_recovery_codes(tx: Transaction, user_id: UUID) -> list[str]:
    """Make recovery codes in place of those before."""
    made = [base64.b32encode(randomness.token_bytes(_RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    tx.run("delete from recovery_codes where user_id = :user_id", user_id=user_id)
    tx.run(
        "insert into recovery_codes (user_id, code_hash) select :user_id, unnest(:hashes::bytea[])",
        user_id=user_id,
        hashes=[_hash(code.encode()) for code in made],
    )
    return [_grouped(code) for code in made]


def end(tx: Transaction, user_id: UUID) -> bool:
    """Take the factor off, set up or only begun, with its recovery codes. Whether one was set up."""
    ended = "delete from second_factors where user_id = :id returning confirmed_at is not null"
    return bool(tx.first_value(bool, ended, id=user_id))


@db.in_transaction
def seal_anew(tx: Transaction) -> None:
    """Seal with the newest key what an older one has sealed. To be called before another key is made."""
    factors = tx.all(_Factor, "select :row from second_factors order by user_id for update")
    if factors:
        # The newest may have been added by hand a moment ago.
        secrets.versions(secrets.JWT_KEY, missing=True)
    for factor in factors:
        if sealing.is_sealed_with_newest(factor.secret, factor.user_id):
            continue
        secret = _unsealed(factor)
        if secret is not None:
            tx.run(
                "update second_factors set secret = :secret where user_id = :user_id",
                user_id=factor.user_id,
                secret=sealing.seal(secret, factor.user_id),
            )


def _locked(tx: Transaction, user_id: UUID, condition: str) -> _Factor | None:
    sql = f"select :row from second_factors where user_id = :user_id and {condition} for update"  # noqa: S608 - ours
    return tx.first(_Factor, sql, user_id=user_id)


def _unsealed(factor: _Factor) -> str | None:
    secret = sealing.unseal(factor.secret, factor.user_id)
    if secret is None:
        log.error("a second factor can't be unsealed: its key is gone", user=factor.user_id)
    return secret


def _take_app_code(tx: Transaction, factor: _Factor, typed: bytes) -> bool:
    secret = _unsealed(factor)
    if secret is None:
        return False
    now = int(time.time()) // STEP_SECONDS
    step = _step_of(pyotp.TOTP(secret), typed, range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1))
    if step <= factor.last_step:
        return False
    tx.run("update second_factors set last_step = :step where user_id = :id", step=step, id=factor.user_id)
    return True


def _step_of(totp: pyotp.TOTP, typed: bytes, steps: Sequence[int]) -> int:
    """The last of these steps of which this is the code, or 0. All of them are compared, whichever it is."""
    return max(step if hmac.compare_digest(totp.generate_otp(step).encode(), typed) else 0 for step in steps)


def _take_recovery_code(tx: Transaction, user_id: UUID, typed: bytes) -> bool:
    return tx.exists(
        "delete from recovery_codes where user_id = :user_id and code_hash = :code_hash returning 1",
        user_id=user_id,
        code_hash=_hash(typed.replace(b"-", b"").upper()),
    )


def _hash(code: bytes) -> bytes:
    return hashlib.sha256(code).digest()


def _grouped(code: str) -> str:
    """A code as people copy it: ABCD-EFGH-IJKL-MNOP."""
    return "-".join(code[place : place + _GROUP] for place in range(0, len(code), _GROUP))
