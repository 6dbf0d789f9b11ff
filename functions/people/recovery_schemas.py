"""The models of the way back into an account."""

from lib.models import Model
from lib.security.fields import Email, GivenCode, NewPassword


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
