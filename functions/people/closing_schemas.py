"""The models of what people do with their own account: close it, and take their data along."""

from datetime import datetime
from typing import Any

from lib.models import Model
from lib.security.fields import GivenPassword, Otp


class Closing(Model):
    """That it is the owner who closes their account, and whether they agree to lose their points and cashback.

    `otp`: a code, where the account has a second factor.
    """

    password: GivenPassword
    otp: Otp | None = None
    forfeit_balances: bool = False


class OwnData(Model):
    """What is kept about a person. Each list has its newest rows, `rows_per_list` at most; older ones have their own routes.

    Orders, bookings, payments, refunds, invoices and histories are as those routes have them.
    """

    exported_at: datetime
    rows_per_list: int
    profile: dict[str, Any]
    has_second_factor: bool
    sessions: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    bookings: list[dict[str, Any]]
    payments: list[dict[str, Any]]
    refunds: list[dict[str, Any]]
    invoices: list[dict[str, Any]]
    wallet_transactions: list[dict[str, Any]]
    points_transactions: list[dict[str, Any]]
    cashback_records: list[dict[str, Any]]
    cashback_movements: list[dict[str, Any]]
    cashback_withdrawals: list[dict[str, Any]]
    mails: list[dict[str, Any]]
    changes: list[dict[str, Any]]
