"""The second factor of staff: set up, given new recovery codes and ended by its owner, taken off by an administrator."""

from uuid import UUID

from functions.people.records import lock_account
from functions.people.second_factor_schemas import GivenOtp, GivenProof
from lib import audit, db, logs
from lib.audit import Actor
from lib.config import config
from lib.db import Transaction
from lib.errors import NotFound
from lib.security import callers, owners, second_factors, throttle
from lib.security.callers import Caller
from lib.security.owners import Proof
from lib.security.rights import refuse_own_account, require_may_manage
from lib.security.sessions import end_all_sessions
from lib.security.throttle import Attempt

log = logs.get(__name__)


def read_state(caller: Caller) -> bytes:
    """Whether the caller has a second factor, whether they need one, and how many recovery codes are left."""
    return db.read.json(
        """
        select json_build_object(
            'is_set_up', exists (select from second_factors where user_id = :id and confirmed_at is not null),
            'is_required', :required::boolean and :role = any(:administrators::text[]),
            'recovery_codes_left', (select count(*) from recovery_codes where user_id = :id))::text
        """,
        id=caller.user_id,
        role=caller.role,
        required=config().second_factor_required,
        administrators=list(callers.ADMIN_ROLES),
    )


def begin(caller: Caller, given: GivenProof) -> dict[str, object]:
    """Make a secret for the caller's app. Raises Invalid, TooManyRequests, or Conflict if they have a second factor."""
    secret, email = _begin(owners.prove_password(caller, given.password, given.otp))
    return {"secret": secret, "otpauth_uri": second_factors.address_for_app(secret, email)}


def confirm(caller: Caller, actor: Actor, given: GivenOtp) -> dict[str, object]:
    """Set up the second factor that was begun, and end all other sessions; the recovery codes.

    Raises Invalid, TooManyRequests or Conflict.
    """
    made, ended = _confirm(caller, actor, given.otp, owners.count_code(caller))
    for session_id in ended:
        callers.forget(session_id)
    return {"recovery_codes": made}


def renew_recovery_codes(caller: Caller, actor: Actor, given: GivenProof) -> dict[str, object]:
    """Make recovery codes in place of those before. Raises Invalid, TooManyRequests or NotFound."""
    return {"recovery_codes": _renew(actor, owners.prove_password(caller, given.password, given.otp))}


def end(caller: Caller, actor: Actor, given: GivenProof) -> None:
    """End the caller's second factor. Raises Invalid, TooManyRequests or NotFound."""
    _end(actor, owners.prove_password(caller, given.password, given.otp))


def take_off(actor: Actor, user_id: UUID) -> None:
    """Take another's second factor off, and end their sessions. Raises NotFound, Forbidden, OwnAccount or Conflict."""
    for session_id in _take_off(actor, user_id):
        callers.forget(session_id)


@db.in_transaction
def _begin(tx: Transaction, proof: Proof) -> tuple[str, str]:
    """The secret, and the address by which the app names the account."""
    owners.lock_owner(tx, proof)
    user_id = proof.caller.user_id
    return second_factors.begin(tx, user_id), tx.value(str, "select email from users where id = :id", id=user_id)


@db.in_transaction
def _confirm(tx: Transaction, caller: Caller, actor: Actor, otp: str, attempt: Attempt) -> tuple[list[str], list[UUID]]:
    """The recovery codes, and the sessions that have ended: they were opened without a code."""
    # The lock keeps out a login by the password alone, as a change of password does.
    tx.run("select 1 from users where id = :id for no key update", id=caller.user_id)
    made = second_factors.confirm(tx, caller.user_id, otp)
    if made is None:
        raise owners.wrong_code()
    throttle.clear_attempts(tx, attempt)
    _record(tx, actor, caller.user_id, "set-up-second-factor", before=False, after=True)
    log.info("a second factor was set up")
    return made, end_all_sessions(tx, caller.user_id, "SECOND_FACTOR_CHANGED", but=caller.session_id)


@db.in_transaction
def _renew(tx: Transaction, actor: Actor, proof: Proof) -> list[str]:
    owners.lock_owner(tx, proof)
    if not second_factors.is_set_up(tx, actor.user_id):
        raise _none_set_up()
    _record(tx, actor, actor.user_id, "renew-recovery-codes", before=True, after=True)
    return second_factors.renew_recovery_codes(tx, actor.user_id)


@db.in_transaction
def _end(tx: Transaction, actor: Actor, proof: Proof) -> None:
    owners.lock_owner(tx, proof)
    _remove(tx, actor, actor.user_id)


@db.in_transaction
def _take_off(tx: Transaction, actor: Actor, user_id: UUID) -> list[UUID]:
    refuse_own_account(actor.user_id, user_id)
    account = lock_account(tx, actor.user_id, actor.role, user_id)
    require_may_manage(actor.role, account.role)
    _remove(tx, actor, user_id)
    return end_all_sessions(tx, user_id, "SECOND_FACTOR_CHANGED")


def _remove(tx: Transaction, actor: Actor, user_id: UUID) -> None:
    if not second_factors.end(tx, user_id):
        raise _none_set_up()
    _record(tx, actor, user_id, "end-second-factor", before=True, after=False)
    log.info("a second factor was taken off", user=user_id)


def _record(tx: Transaction, actor: Actor, user_id: UUID, action: str, *, before: bool, after: bool) -> None:
    audit.record(tx, actor, action, "user", user_id, before={"second_factor": before}, after={"second_factor": after})


def _none_set_up() -> NotFound:
    return NotFound("There is no such second factor")
