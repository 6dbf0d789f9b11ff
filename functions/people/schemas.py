"""The models of what the people function answers. Balances are in the currency of balances."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from lib.models import Model, MoneyNumber
from lib.security.fields import AccountStatus, Gender, Language, Role


class StaffMember(Model):
    """Active staff. `name`: first and last name together."""

    id: UUID
    name: str
    first_name: str
    last_name: str
    email: str
    role: Literal["EMPLOYEE", "ADMIN", "SUPER_ADMIN"]
    avatar: str | None


class Uploaded(Model):
    """Where a picture is, for everybody."""

    url: str


class PointsOfUser(Model):
    """What can be used, and all that was ever earned."""

    current_balance: int
    total_earned: int


class PointsInList(PointsOfUser):
    """The same, and what was redeemed."""

    total_redeemed: int


class WalletOfUser(Model):
    """What is free in the wallet."""

    balance: MoneyNumber
    currency: str


class UserRow(Model):
    """An account in a list. `plan` and `membership` are null: there are no plans."""

    id: UUID
    email: str
    username: str
    first_name: str
    last_name: str
    phone: str | None
    avatar: str | None
    role: Role
    status: AccountStatus
    created_at: datetime
    deleted_at: datetime | None
    membership_id_display: str
    plan: None
    membership: None
    points: PointsInList
    wallet: WalletOfUser
    cashback_balance: MoneyNumber


class Users(Model):
    """Accounts, and how many match in all; from 100,000 on they are not counted further."""

    users: list[UserRow]
    total: int


class UserInDetail(Model):
    """An account as its page shows it."""

    id: UUID
    first_name: str
    last_name: str
    name: str
    username: str
    email: str
    phone: str | None
    avatar: str | None
    role: Role
    status: AccountStatus
    gender: Gender | None
    country: str | None
    language: Language
    joined_at: datetime
    created_at: datetime
    last_login: datetime | None
    assigned_employee_id: UUID | None
    membership_id_display: str


class AssignedEmployee(Model):
    """Who looks after a customer."""

    id: UUID
    name: str
    email: str


class Referrals(Model):
    """Whom a customer brought."""

    count: int
    points_earned: int


class RecentPayment(Model):
    """A payment, an order without one (INVOICE), or what staff moved in the wallet by hand (WALLET)."""

    id: UUID
    amount: MoneyNumber
    currency: str
    status: str
    date: datetime
    method: str
    source: Literal["WALLET", "PAYMENT", "INVOICE"]


class UserDetails(Model):
    """All that staff look up about an account."""

    user: UserInDetail
    assigned_employee: AssignedEmployee | None
    membership: None
    wallet: WalletOfUser
    points: PointsOfUser
    cashback_balance: MoneyNumber
    referrals: Referrals
    recent_payments: list[RecentPayment]


class AssignedCustomer(Model):
    """A customer in the list of who looks after them."""

    id: UUID
    name: str
    email: str
    phone: str | None
    avatar: str | None
    status: AccountStatus


class AssignedCustomers(Model):
    """The customers whom somebody looks after."""

    employee_id: UUID
    total: int
    customers: list[AssignedCustomer]


class Done(Model):
    """That a change was made."""

    success: Literal[True]
    message: str


class Assigned(Done):
    """Who looks after the customer now."""

    assigned_employee_id: UUID | None


class MadeUser(Model):
    """An account that was made."""

    id: UUID
    email: str
    username: str
    name: str
    role: Role
    status: AccountStatus
    membership_id: str
    plan: None


class UserMade(Done):
    """A new account. There are no plans, so it begins with no subscription and no points."""

    user_id: UUID
    subscription_id: None
    points_awarded: Literal[0]
    user: MadeUser


class ChangedUser(Model):
    """An account as a change has left it."""

    id: UUID
    email: str
    username: str
    avatar: str | None
    name: str
    role: Role
    status: AccountStatus
    plan: None


class UserChanged(Done):
    """What of an account was changed, by the names of the fields."""

    changes: list[str]
    points_awarded: Literal[0]
    user: ChangedUser


class SessionOfUser(Model):
    """A session that has not ended, and from where it was opened."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    address: str | None
    user_agent: str | None


class AuditRow(Model):
    """A change: who made it and from where, what it was about, and what stood there before and after."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    actor_role: str | None
    actor_name: str | None
    action: str
    entity: str
    entity_id: UUID
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    address: str | None
    request_id: str | None
