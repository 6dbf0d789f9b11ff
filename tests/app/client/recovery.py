"""Section 5: the way back into an account."""

from tests.app.client.calls import Sent, call
from tests.app.client.people import DONE


@call("POST /api/auth/forgot-password", reads=DONE)
def forget_password(email: str) -> Sent:
    """Forgot password."""
    return Sent({"email": email})


@call("POST /api/auth/reset-password", reads=DONE)
def reset_password(email: str, code: str, new_password: str) -> Sent:
    """Reset password."""
    return Sent({"email": email, "code": code, "new_password": new_password})


@call("POST /api/auth/change-password", reads=DONE)
def change_password(current_password: str, new_password: str) -> Sent:
    """Settings: change password."""
    return Sent({"current_password": current_password, "new_password": new_password})
