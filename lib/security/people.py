"""Whether an account may still take something new."""

from uuid import UUID

from lib.db import Transaction
from lib.errors import CustomerInactive, NotFound


def require_known(tx: Transaction, user_id: UUID) -> None:
    """Raise NotFound if no user has this id."""
    _is_active(tx, user_id)


def require_active(tx: Transaction, user_id: UUID) -> None:
    """Raise NotFound if no user has this id, and CustomerInactive if their account is deactivated."""
    if not _is_active(tx, user_id):
        raise CustomerInactive


def _is_active(tx: Transaction, user_id: UUID) -> bool:
    is_active = tx.first_value(bool, "select is_active from users where id = :id", id=user_id)
    if is_active is None:
        raise NotFound("There is no such user")
    return is_active
