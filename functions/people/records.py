"""Every statement by which staff, and whoever gets an account's mails, change accounts."""

from dataclasses import dataclass
from uuid import UUID

from lib.db import Transaction, UniqueViolation
from lib.errors import AlreadyTaken, Conflict, Forbidden, require_found
from lib.security.fields import AccountStatus, Role

_TAKEN = {
    "users_email": ("email", "Email already registered"),
    "users_username": ("username", "Username already taken"),
    "users_membership_id": ("membership_id", "This card number belongs to another account"),
}


@dataclass(frozen=True, kw_only=True)
class Account:
    """What staff can change of an account, as it stands."""

    first_name: str
    last_name: str
    phone: str | None
    gender: str | None
    country: str | None
    email: str
    avatar: str | None
    role: Role
    status: AccountStatus
    membership_id_display: str
    email_verified: bool
    assigned_employee_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class LockedAccount(Account):
    """An account that is locked until the transaction ends, as the database has it now."""

    id: UUID


def lock_account(tx: Transaction, actor_id: UUID, actor_role: str, user_id: UUID) -> LockedAccount:
    """Lock an account to change it. Raises NotFound, Conflict if it is closed, and Forbidden if the actor lost their role.

    The actor is locked with it, always in the same order: of two who close each other's account at the same moment the
    second one finds that they may not do so any more. So there is always a SUPER_ADMIN left, who did it last.
    """
    tx.run("select 1 from users where id in (:id, :actor_id) order by id for no key update", id=user_id, actor_id=actor_id)
    # By statements of their own, which see what others have committed while this one waited.
    account = require_found(tx.first(LockedAccount, "select :row from users where id = :id", id=user_id), "user")
    if not tx.exists("select 1 from users where id = :id and is_active and role = :role", id=actor_id, role=actor_role):
        raise Forbidden("Your own account was changed a moment ago; log in again")
    if account.status == "DELETED":
        raise Conflict("This account is closed")
    return account


def lock_super_admins(tx: Transaction) -> set[UUID]:
    """Lock all who are SUPER_ADMIN, so that nobody of them goes meanwhile; those who may sign in.

    In the order in which `lock_account` locks two of them, and to be called before it.
    """
    tx.run("select 1 from users where role = 'SUPER_ADMIN' and is_active order by id for no key update")
    return set(tx.column(UUID, "select id from users where role = 'SUPER_ADMIN' and is_active"))


def insert_account(tx: Transaction, password_hash: str, **fields: object) -> UUID:
    """Make an account whose e-mail address is not verified; its id. Raises AlreadyTaken."""
    try:
        return tx.value(
            UUID,
            """
            insert into users (email, username, password_hash, first_name, last_name, phone, avatar, gender, country, role,
                               status, is_active, membership_id_display)
            values (:email, :username, :password_hash, :first_name, :last_name, :phone, :avatar, :gender, :country, :role,
                    :status, :status = 'ACTIVE', :membership_id) returning id
            """,
            password_hash=password_hash,
            **fields,
        )
    except UniqueViolation as taken:
        raise _already_taken(taken) from None


def update_account(tx: Transaction, user_id: UUID, account: Account) -> None:
    """Give a locked account these fields; what staff have changed, nobody registers over. Raises AlreadyTaken."""
    try:
        tx.run(
            """
            update users set
                first_name = :first_name, last_name = :last_name, phone = :phone, gender = :gender, country = :country,
                email = :email, email_verified = :email_verified, avatar = :avatar, role = :role, status = :status,
                is_active = :status in ('ACTIVE', 'PENDING'), membership_id_display = :membership_id_display,
                assigned_employee_id = :assigned_employee_id, is_unclaimed = false, updated_at = now()
            where id = :id
            """,
            id=user_id,
            **{name: getattr(account, name) for name in Account.__dataclass_fields__},
        )
    except UniqueViolation as taken:
        raise _already_taken(taken) from None


def release_customers(tx: Transaction, employee_id: UUID) -> None:
    """Leave the customers of one who is no longer staff without anybody who looks after them."""
    tx.run(
        "update users set assigned_employee_id = null, updated_at = now() where assigned_employee_id = :id", id=employee_id
    )


def strike_out_account(tx: Transaction, user_id: UUID) -> None:
    """Close an account: its personal data are replaced by what says nothing, so that their owner may register anew."""
    tx.run(
        """
        update users set
            status = 'DELETED', is_active = false, deleted_at = now(), updated_at = now(),
            email = 'closed-' || id || '@closed.invalid', email_verified = false, phone_verified = false, username = null,
            first_name = 'Closed', last_name = 'account', phone = null, avatar = null, gender = null, country = null,
            referral_code = null, password_hash = '!', password_logins_left = null, assigned_employee_id = null
        where id = :id
        """,
        id=user_id,
    )


def _already_taken(taken: UniqueViolation) -> Exception:
    return AlreadyTaken(*_TAKEN[taken.constraint]) if taken.constraint in _TAKEN else taken


def write_password(tx: Transaction, user_id: UUID, password_hash: str) -> None:
    """Set the password that the owner of the mails has chosen; its address is proven by that."""
    tx.run(
        """
        update users set password_hash = :password_hash, password_logins_left = null, email_verified = true,
                         is_unclaimed = false, updated_at = now()
        where id = :id
        """,
        id=user_id,
        password_hash=password_hash,
    )


def mark_proven(tx: Transaction, email: str) -> bool:
    """Mark an address as proven. False if it is no active account's."""
    return tx.exists(
        """
        update users set email_verified = true, is_unclaimed = false, updated_at = now()
        where lower(email) = lower(:email) and is_active returning 1
        """,
        email=email,
    )
