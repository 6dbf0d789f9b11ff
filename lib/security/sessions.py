"""Ending sessions. An instance that remembers one notices within 30 seconds (lib/security/callers.py)."""

from typing import Literal
from uuid import UUID

from lib.db import Transaction

EndReason = Literal["ENDED_BY_OWNER", "ENDED_BY_STAFF", "SUSPENDED", "CLOSED", "PASSWORD_CHANGED", "SECOND_FACTOR_CHANGED"]


def end_session(tx: Transaction, user_id: UUID, session_id: UUID, reason: EndReason) -> bool:
    """End one session of a user. False if they have no such session, or if it has ended already."""
    return tx.exists(
        """
        update sessions s set ended_at = now(), end_reason = :reason
        where s.id = :session_id and s.user_id = :user_id and session_is_active(s) returning 1
        """,
        session_id=session_id,
        user_id=user_id,
        reason=reason,
    )


def end_all_sessions(tx: Transaction, user_id: UUID, reason: EndReason, *, but: UUID | None = None) -> list[UUID]:
    """End all sessions of a user, `but` one. Returns their ids, for `callers.forget` once this is committed."""
    return tx.column(
        UUID,
        """
        update sessions set ended_at = now(), end_reason = :reason
        where user_id = :user_id and ended_at is null and id is distinct from :but::uuid returning id
        """,
        user_id=user_id,
        reason=reason,
        but=but,
    )


def strike_out_sessions(tx: Transaction, user_id: UUID) -> None:
    """Remove from all sessions of a user where and with what they were opened."""
    tx.run("update sessions set address = null, user_agent = null, place = null where user_id = :user_id", user_id=user_id)
