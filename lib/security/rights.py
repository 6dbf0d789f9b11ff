"""Who may move money and change accounts: never the one who gains by it, and in some ways administrators alone."""

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


def require_may_manage(actor_role: str, *roles: str) -> None:
    """Raise Forbidden unless this role may make, change and close accounts of these roles."""
    if actor_role not in ADMIN_ROLES:
        raise Forbidden(f"Only an administrator (ADMIN or SUPER_ADMIN) may change accounts; your role is {actor_role}")
    if actor_role != "SUPER_ADMIN" and not {*ADMIN_ROLES}.isdisjoint(roles):
        raise Forbidden("Only a SUPER_ADMIN makes, changes or closes administrators")
