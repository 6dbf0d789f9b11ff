"""The models of the people function's requests and responses."""

from typing import Literal
from uuid import UUID

from lib.models import Model
from lib.security.fields import Email, GivenCode, NewPassword


class StaffMember(Model):
    """Active staff. `name`: first and last name together."""

    id: UUID
    name: str
    first_name: str
    last_name: str
    email: str
    role: Literal["EMPLOYEE", "ADMIN", "SUPER_ADMIN"]
    avatar: str | None


class CodeRequest(Model):
    """The address that gets a code."""

    email: Email


class AddressProof(Model):
    """An address, and the code of the mail that it got."""

    email: Email
    code: GivenCode


class PasswordReset(AddressProof):
    """The code of the mail, and the password from now on."""

    new_password: NewPassword


class Done(Model):
    """That it is done, or under way."""

    success: Literal[True]
    message: str
