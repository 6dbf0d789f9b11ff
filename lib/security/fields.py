"""Fields of requests that say who somebody is, or is to be."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from lib.security import passwords
from lib.security.codes import DIGITS
from lib.security.emails import normalised_email


def _strong(password: str) -> str:
    weakness = passwords.weakness(password)
    if weakness:
        raise ValueError(weakness)
    return password


Email = Annotated[
    str,
    Field(max_length=254),
    AfterValidator(normalised_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
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
# Whatever is no code is as wrong as one that is not this one.
GivenCode = Annotated[str, Field(min_length=1, max_length=64, description=f"the {DIGITS} digits of the mail")]
