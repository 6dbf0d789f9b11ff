"""The fields of an account in requests: what is let in, and in which form it is kept."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from lib.models import ShortLine
from lib.security import passwords
from lib.security.codes import DIGITS
from lib.security.emails import normalised_email

_BETWEEN_DIGITS = re.compile(r"[\s.()\-]+")


def _strong(password: str) -> str:
    weakness = passwords.weakness(password)
    if weakness:
        raise ValueError(weakness)
    return password


def not_null(value: object) -> object:
    """What was given. Raises ValueError for a null, where leaving a field out means that it stays."""
    if value is None:
        raise ValueError("must not be null")
    return value


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def empty_is_none(value: object) -> object:
    """None for an empty text."""
    return None if value == "" else value


def _plain_number(value: object) -> object:
    return (_BETWEEN_DIGITS.sub("", value) or None) if isinstance(value, str) else value


Role = Literal["CUSTOMER", "EMPLOYEE", "AGENT", "ADMIN", "SUPER_ADMIN"]
AccountStatus = Literal["ACTIVE", "PENDING", "SUSPENDED", "DELETED"]
Gender = Literal["MALE", "FEMALE"]
Language = Literal["ar", "en"]

_EMAIL_SCHEMA = {"type": "string", "format": "email", "maxLength": 254}
Email = Annotated[
    str,
    BeforeValidator(_stripped),
    Field(max_length=254),
    AfterValidator(normalised_email),
    WithJsonSchema(_EMAIL_SCHEMA),
]
"""An e-mail address. Spaces around it are dropped."""

NewPassword = Annotated[
    str,
    Field(
        min_length=passwords.SHORTEST,
        max_length=passwords.LONGEST,
        description=(
            "with an upper-case letter, a lower-case letter and a digit; neither one of the commonly breached, nor with the "
            "account's e-mail address, username, name or phone number or the name AltayarVIP in it"
        ),
    ),
    AfterValidator(_strong),
]

_Phone = Annotated[str, Field(min_length=5, max_length=32, pattern=r"^[+(]*[0-9][0-9 +()-]{2,}[0-9]$")]
Phone = Annotated[_Phone | None, BeforeValidator(empty_is_none)]
"""A phone number as it is written. An empty one is none."""

PlainPhone = Annotated[
    Annotated[str, Field(min_length=5, max_length=32, pattern=r"^[+]?[0-9]+$")] | None, BeforeValidator(_plain_number)
]
"""A phone number without the spaces, dots, dashes and brackets that are in it. An empty one is none."""

Username = Annotated[str, BeforeValidator(_stripped), Field(min_length=3, max_length=50, pattern=r"^[A-Za-z0-9_]+$")]

# None means that the field was not given. A null in the request is refused, because these fields can't be cleared.
ChangedName = Annotated[
    ShortLine | None,
    BeforeValidator(not_null),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 100}),
]
ChangedLanguage = Annotated[
    Language | None, BeforeValidator(not_null), WithJsonSchema({"type": "string", "enum": ["ar", "en"]})
]
ChangedEmail = Annotated[Email | None, BeforeValidator(not_null), WithJsonSchema(_EMAIL_SCHEMA)]
ChangedRole = Annotated[
    Role | None,
    BeforeValidator(not_null),
    WithJsonSchema({"type": "string", "enum": ["CUSTOMER", "EMPLOYEE", "AGENT", "ADMIN", "SUPER_ADMIN"]}),
]

KnownGender = Annotated[Gender | None, BeforeValidator(empty_is_none)]
"""An empty one is none."""

Country = Annotated[ShortLine | None, BeforeValidator(empty_is_none)]
"""The name of a country. An empty one is none."""

# Whatever is no code is as wrong as one that is not this one.
GivenCode = Annotated[str, Field(min_length=1, max_length=64, description=f"the {DIGITS} digits of the mail")]

Otp = Annotated[str, Field(min_length=1, max_length=64, description="a code of the authenticator app, or a recovery code")]

# An existing password is only compared, never checked for its form: a message about that would say something about it.
GivenPassword = Annotated[str, Field(min_length=1, max_length=passwords.LONGEST)]
