"""The models of the second factor."""

from lib.models import Model
from lib.security.fields import GivenPassword, Otp


class GivenOtp(Model):
    """A code that shows that the app has the secret."""

    otp: Otp


class GivenProof(Model):
    """That it is the owner who asks: their password, and a code if they have a second factor."""

    password: GivenPassword
    otp: Otp | None = None


class SecondFactorState(Model):
    """The caller's second factor. `is_required`: without one they may do nothing else."""

    is_set_up: bool
    is_required: bool
    recovery_codes_left: int


class NewSecret(Model):
    """What the authenticator app needs: the secret, and the address of it for a QR code."""

    secret: str
    otpauth_uri: str


class RecoveryCodes(Model):
    """What takes the place of a code where the app is lost, each once. Nobody sees them again."""

    recovery_codes: list[str]
