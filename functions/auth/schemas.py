"""The models of the auth function's requests and responses, as the contract has them."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, model_validator

from lib.models import Model, MoneyNumber, ShortLine
from lib.pictures.given import Avatar
from lib.security.fields import (
    ChangedLanguage,
    ChangedName,
    Country,
    Email,
    GivenPassword,
    KnownGender,
    Language,
    NewPassword,
    Otp,
    Phone,
    Username,
    empty_is_none,
)

Identifier = Annotated[str, Field(max_length=254)]
RefreshToken = Annotated[str, Field(min_length=1, max_length=512)]


class Registration(Model):
    """A new customer. A role that is sent along counts for nothing."""

    email: Email
    password: NewPassword
    first_name: ShortLine
    last_name: ShortLine
    username: Username | None = None
    phone: Phone = None
    language: Language = "ar"
    gender: Literal["MALE", "FEMALE"] | None = None
    country: ShortLine | None = None
    referral_code: ShortLine | None = None


class RegisteredUser(Model):
    """The account that was made."""

    id: UUID
    email: str
    first_name: str
    last_name: str
    role: Literal["CUSTOMER"]
    message: str


class LoginRequest(Model):
    """Who wants in: one of `email`, `username` and `identifier`, each of which may hold either.

    `otp`: a code, where the account has a second factor.
    """

    email: Identifier | None = None
    username: Identifier | None = None
    identifier: Identifier | None = None
    password: GivenPassword
    otp: Annotated[Otp | None, BeforeValidator(empty_is_none)] = None

    @model_validator(mode="after")
    def _names_someone(self) -> Self:
        if not self.account_name:
            raise ValueError("give one of email, username and identifier")
        return self

    @property
    def account_name(self) -> str:
        """The given e-mail address or username; an empty one counts as not given."""
        given = (name.strip() for name in (self.identifier, self.email, self.username) if name)
        return next((name for name in given if name), "")


class Points(Model):
    """A customer's points."""

    current_balance: int
    total_earned: int


class Membership(Model):
    """A customer's membership."""

    membership_number: str
    plan_name_ar: str
    plan_name_en: str
    tier_code: str
    expiry_date: date | None
    status: str
    points_balance: int
    is_lifetime: bool


class Profile(Model):
    """A user as they see themselves."""

    id: UUID
    email: str
    username: str | None
    first_name: str
    last_name: str
    phone: str | None
    role: Literal["CUSTOMER", "EMPLOYEE", "AGENT", "ADMIN", "SUPER_ADMIN"]
    language: Language
    avatar: str | None
    email_verified: bool
    phone_verified: bool
    gender: Literal["MALE", "FEMALE"] | None
    country: str | None
    created_at: datetime
    membership_id_display: str
    wallet_balance: MoneyNumber
    cashback_balance: MoneyNumber
    points: Points
    membership: Membership | None


class TokenPair(Model):
    """Tokens of a session; `expires_in` is the access token's lifetime in seconds."""

    access_token: str
    refresh_token: str
    token_type: Literal["bearer"]
    expires_in: int


class LoginAnswer(TokenPair):
    """A new session, and whose it is."""

    user: Profile


class RefreshRequest(Model):
    """The refresh token to trade for new tokens."""

    refresh_token: RefreshToken


class LogoutRequest(Model):
    """The caller's session ends; the one of this refresh token too, where it is theirs."""

    refresh_token: RefreshToken | None = None


class LogoutAnswer(Model):
    """That the session has ended."""

    message: str


class OwnSession(Model):
    """A session that has not ended, from where it was opened, and whether it is the one that asks."""

    id: UUID
    created_at: datetime
    last_used_at: datetime
    address: str | None
    user_agent: str | None
    is_current: bool


class ProfileChanges(Model):
    """The fields to change; null clears a phone, an avatar, a gender or a country, and so does an empty text."""

    first_name: ChangedName = None
    last_name: ChangedName = None
    phone: Phone = None
    language: ChangedLanguage = None
    avatar: Avatar | None = None
    gender: KnownGender = None
    country: Country = None


class ChangedProfile(Model):
    """The profile as it stands now."""

    success: Literal[True]
    message: str
    user: Profile


class PasswordChange(Model):
    """The password that is valid now, and the new one."""

    current_password: GivenPassword
    new_password: NewPassword


class PasswordChanged(Model):
    """The new password is valid from now on."""

    success: Literal[True]
    message: str
