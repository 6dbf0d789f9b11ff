"""Whether an account may still take something new."""

from uuid import UUID

from lib.db import Transaction
from lib.errors import CustomerInactive, NotFound


def require_active(tx: Transaction, user_id: UUID) -> None:
    """Raise NotFound if no user has this id, and CustomerInactive if their account is deactivated."""
    is_active = tx.first_value(bool, "select is_active from users where id = :id", id=user_id)
    if is_active is None:
        raise NotFound("There is no such user")
    if not is_active:
        raise CustomerInactive


def require_not_suspended(tx: Transaction, user_id: UUID) -> None:
    """Raise NotFound if no user has this id, and CustomerInactive if their account is suspended. A closed one passes."""
    is_closed = tx.first_value(bool, "select status = 'DELETED' from users where id = :id", id=user_id)
    if not is_closed:
        require_active(tx, user_id)
