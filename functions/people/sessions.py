"""Administrators end the sessions of others."""

from uuid import UUID

from functions.people.records import lock_account
from lib import audit, db
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import NotFound
from lib.security import callers
from lib.security.rights import require_may_manage
from lib.security.sessions import end_session


def end_session_of(actor: Actor, user_id: UUID, session_id: UUID) -> None:
    """End a session of an account. Raises NotFound, Forbidden or Conflict."""
    _end(actor, user_id, session_id)
    callers.forget(session_id)


@db.in_transaction
def _end(tx: Transaction, actor: Actor, user_id: UUID, session_id: UUID) -> None:
    account = lock_account(tx, actor.user_id, actor.role, user_id)
    if actor.user_id != user_id:
        require_may_manage(actor.role, account.role)
    if not end_session(tx, user_id, session_id, "ENDED_BY_STAFF"):
        raise NotFound("There is no such session")
    before, after = {"status": "ACTIVE"}, {"status": "ENDED", "session_id": session_id}
    audit.record(tx, actor, "end-session", "user", user_id, before=before, after=after)
