"""Who may move money: never the one who gains by it, and in some ways administrators alone."""

from uuid import UUID

from lib.errors import Forbidden, OwnAccount
from lib.security.callers import ADMIN_ROLES


def refuse_own_account(actor_id: UUID, beneficiary_id: UUID) -> None:
    """Raise OwnAccount if the one who acts is the one whose order, booking or wallet it is, whatever their role."""
    if actor_id == beneficiary_id:
        raise OwnAccount


def require_administrator(role: str, what: str) -> None:
    """Raise Forbidden, which says who may, if this role may not do `what`."""
    if role not in ADMIN_ROLES:
        raise Forbidden(f"Only an administrator (ADMIN or SUPER_ADMIN) may {what}; your role is {role}")
