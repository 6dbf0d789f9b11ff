"""The models of what staff send about people."""

import re
import unicodedata
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from lib.models import Model, MomentOrDay, ShortLine, Title
from lib.pictures.given import Avatar
from lib.security.fields import (
    AccountStatus,
    ChangedEmail,
    ChangedName,
    ChangedRole,
    Country,
    Email,
    KnownGender,
    NewPassword,
    PlainPhone,
    Role,
    Username,
    empty_is_none,
    not_null,
)
from lib.web import PageQuery, RowsQuery

_PHONE = re.compile(r"[\d\s+().\-]+")
# Fewer may be a piece of a card number, in which every zero counts.
_PHONE_DIGITS = 7
_PREFIX = re.compile(r"alt-", re.IGNORECASE)


def _card_number(given: str) -> str | None:
    number = _PREFIX.sub("", given, count=1).strip()
    return f"ALT-{number}" if number else None


def _no_plan(given: str | None) -> None:
    if given:
        raise ValueError("there are no membership plans yet; leave it empty")


CardNumber = Annotated[
    Annotated[Title, Field(max_length=40), AfterValidator(_card_number)] | None,
    WithJsonSchema({"type": ["string", "null"], "maxLength": 40}),
]
"""The number of a card; `ALT-` is put before it where it is not there. An empty one was not given."""

NoPlan = Annotated[
    Annotated[str, AfterValidator(_no_plan)] | None, WithJsonSchema({"type": ["string", "null"], "maxLength": 0})
]
"""A plan or its first day, of which there is none yet: only an empty one is taken."""

MaybeAvatar = Annotated[Avatar | None, BeforeValidator(empty_is_none)]


class UsersQuery(RowsQuery):
    """Which accounts. `q` is `search`, `skip` is `offset`; ADMIN includes SUPER_ADMIN. Closed ones have to be asked for."""

    search: Title | None = None
    q: Title | None = None
    role: Role | None = None
    status: AccountStatus | None = None
    is_active: bool | None = None

    @property
    def words(self) -> str | None:
        """What is searched for, if anything; of a phone number its digits without the zeros before it."""
        words = self.search or self.q
        if not words or not _PHONE.fullmatch(words):
            return words or None
        digits = "".join(str(unicodedata.digit(sign)) for sign in words if sign.isdigit())
        return digits.removeprefix("0").removeprefix("0") if len(digits) >= _PHONE_DIGITS else words


class NewUser(Model):
    """An account that staff make. Its owner has not verified the e-mail address."""

    username: Username
    email: Email
    password: NewPassword
    first_name: ShortLine
    last_name: ShortLine
    phone: PlainPhone = None
    avatar: MaybeAvatar = None
    gender: KnownGender = None
    country: Country = None
    role: Role = "CUSTOMER"
    status: Literal["ACTIVE", "SUSPENDED"] = "ACTIVE"
    membership_id: CardNumber = None
    plan_id: NoPlan = None
    plan_start_date: NoPlan = None


class UserChanges(Model):
    """What to change of an account: what is not sent stays. A username that is sent along counts for nothing.

    An empty text clears a phone, a gender or a country; null clears these and an avatar.
    """

    first_name: ChangedName = None
    last_name: ChangedName = None
    phone: PlainPhone = None
    gender: KnownGender = None
    country: Country = None
    email: ChangedEmail = None
    role: ChangedRole = None
    status: Annotated[Literal["ACTIVE", "PENDING", "SUSPENDED"] | None, BeforeValidator(not_null)] = None
    membership_id: CardNumber = None
    avatar: Avatar | None = None
    plan_id: NoPlan = None
    plan_start_date: NoPlan = None


class NewRole(Model):
    """The role that an account is to have."""

    new_role: Role


class Assignment(Model):
    """Who is to look after a customer; null: nobody."""

    employee_id: UUID | None


class AuditQuery(PageQuery):
    """Which changes. `from` and `to`: moments, or whole days in Cairo."""

    actor_id: UUID | None = None
    entity: ShortLine | None = None
    entity_id: UUID | None = None
    action: ShortLine | None = None
    since: MomentOrDay | None = Field(None, alias="from")
    until: MomentOrDay | None = Field(None, alias="to")
