"""The routes of people about themselves: their picture, the way back in by mail, closing, export, the second factor."""

from functions.people import closing, exporting, pictures, recovery, second_factor
from functions.people.api import api
from functions.people.closing_schemas import Closing, OwnData
from functions.people.recovery_schemas import AddressProof, CodeRequest, PasswordReset
from functions.people.schemas import Done, Uploaded
from functions.people.second_factor_schemas import (
    GivenOtp,
    GivenProof,
    NewSecret,
    RecoveryCodes,
    SecondFactorState,
)
from lib.pictures.given import LARGEST_BODY
from lib.web import ANYONE, SIGNED_IN, STAFF, Call, Response

SECOND_FACTOR = "/api/auth/me/second-factor"


@api.post(
    "/api/auth/upload-avatar",
    roles=SIGNED_IN,
    response=Uploaded,
    takes_key=False,
    one_transaction=False,
    reads=("multipart/form-data",),
    body_limit=LARGEST_BODY,
    problems=(413, 415, 422, 429),
)
def upload_avatar(call: Call) -> dict[str, object]:
    """Store a picture of the caller, `file`, which they may send as `avatar` within a day."""
    return pictures.upload_avatar(call)


@api.get("/api/pictures/{name}", roles=ANYONE, produces="image/jpeg")
def get_picture(call: Call, name: str) -> Response:
    """A picture of a person. Whoever knows its name may see it, as with every picture of a page."""
    return pictures.show(call, name)


# None of these four is one transaction: a wrong code stays counted although the request is refused. Their answers are the
# same whether the address is anybody's or not.
@api.post("/api/auth/forgot-password", roles=ANYONE, response=Done, takes_key=False, one_transaction=False)
def forget_password(call: Call, body: CodeRequest) -> dict[str, object]:
    """Send a code for a new password to the address, if it is that of an account."""
    recovery.ask_for_code(call, "RESET", body.email)
    return {"success": True, "message": "If there is an account with this address, a code is on its way to it"}


@api.post(
    "/api/auth/reset-password",
    roles=ANYONE,
    response=Done,
    takes_key=False,
    one_transaction=False,
    problems=(400, 429),
)
def reset_password(call: Call, body: PasswordReset) -> dict[str, object]:
    """Set a new password with the code of the mail; all sessions end."""
    recovery.reset_password(call, body)
    return {"success": True, "message": "Your password is changed; log in with the new one"}


@api.post("/api/auth/resend-verification", roles=ANYONE, response=Done, takes_key=False, one_transaction=False)
def resend_verification(call: Call, body: CodeRequest) -> dict[str, object]:
    """Send a new code to the address, if it is that of an account and not proven yet."""
    recovery.ask_for_code(call, "VERIFY", body.email)
    return {"success": True, "message": "If this address waits to be confirmed, a code is on its way to it"}


@api.post(
    "/api/auth/verify-email",
    roles=ANYONE,
    response=Done,
    takes_key=False,
    one_transaction=False,
    problems=(400, 429),
)
def verify_email(call: Call, body: AddressProof) -> dict[str, object]:
    """Confirm an e-mail address with the code of the mail."""
    recovery.verify_email(call, body)
    return {"success": True, "message": "Your e-mail address is confirmed"}


# A wrong password stays counted although the request is refused.
@api.delete("/api/auth/me", roles=SIGNED_IN, response=Done, one_transaction=False, problems=(409, 429))
def close_own_account(call: Call, body: Closing) -> dict[str, object]:
    """Close the caller's account: their personal data are struck out, their sessions end."""
    closing.close_own_account(call.caller, call.actor, body)
    return {"success": True, "message": "Your account is closed"}


@api.get("/api/auth/me/export", roles=SIGNED_IN, response=OwnData)
def export_own_data(call: Call) -> Response:
    """What is kept about the caller, to take along."""
    disposition = 'attachment; filename="altayarvip-my-data.json"'
    return Response(exporting.own_data(call.caller), headers={"Content-Disposition": disposition})


@api.get(SECOND_FACTOR, roles=SIGNED_IN, response=SecondFactorState, sets_up_second_factor=True)
def read_second_factor(call: Call) -> bytes:
    """Whether the caller has a second factor, and whether they need one."""
    return second_factor.read_state(call.caller)


# None of these four is one transaction: a wrong password or code stays counted although the request is refused. None takes
# an Idempotency-Key either, whose answers are kept: these have secrets in them.
@api.post(
    SECOND_FACTOR,
    roles=STAFF,
    response=NewSecret,
    takes_key=False,
    one_transaction=False,
    sets_up_second_factor=True,
    problems=(409, 429),
)
def begin_second_factor(call: Call, body: GivenProof) -> dict[str, object]:
    """Begin to set up a second factor: a secret for an authenticator app."""
    return second_factor.begin(call.caller, body)


@api.post(
    f"{SECOND_FACTOR}/confirm",
    roles=STAFF,
    response=RecoveryCodes,
    takes_key=False,
    one_transaction=False,
    sets_up_second_factor=True,
    problems=(409, 429),
)
def confirm_second_factor(call: Call, body: GivenOtp) -> dict[str, object]:
    """Set up the second factor with a code of the app; all other sessions end."""
    return second_factor.confirm(call.caller, call.actor, body)


@api.post(
    f"{SECOND_FACTOR}/recovery-codes",
    roles=SIGNED_IN,
    response=RecoveryCodes,
    takes_key=False,
    one_transaction=False,
    problems=(404, 429),
)
def renew_recovery_codes(call: Call, body: GivenProof) -> dict[str, object]:
    """Make new recovery codes; those before hold no more."""
    return second_factor.renew_recovery_codes(call.caller, call.actor, body)


@api.delete(SECOND_FACTOR, roles=SIGNED_IN, status=204, one_transaction=False, problems=(404, 429))
def end_second_factor(call: Call, body: GivenProof) -> None:
    """End the caller's second factor."""
    second_factor.end(call.caller, call.actor, body)
