"""Every error that a caller can get; `lib.web` turns each into application/problem+json in one place.

Problem                         has its HTTP status, its stable `code`, and what it is about
├── Unreadable              400 the body is not JSON
├── InvalidCode             400 a code by mail is wrong, expired, used up, or was never made
├── Unauthenticated         401
│   ├── InvalidCredentials      e-mail or password is wrong
│   ├── SecondFactorRequired    the password is right, and a code of the second factor has to come with it
│   └── InvalidToken            absent, forged, expired, or of a session that has ended
├── Forbidden               403 the role may not do this
│   ├── SecondFactorMissing     an administrator has to set up a second factor first
│   ├── OwnAccount              nobody moves money for their own account
│   └── OwnRequest              nobody decides about what they asked for
├── NotFound                404 it does not exist, or not for this caller
├── MethodNotAllowed        405
├── Conflict                409
│   ├── AlreadyTaken            an e-mail or username of another account
│   ├── IllegalMove             the state does not allow it
│   ├── NotPriced               a booking can't be paid before staff have given it a price
│   ├── PaymentInReview         a person must look at an earlier payment first
│   ├── CustomerInactive        a deactivated customer takes no deposit, order or booking
│   ├── BalancesWouldLapse      who closes their account has to agree that they lose points and cashback
│   ├── InsufficientBalance     wallet, points or cashback hold less than the request uses
│   ├── PaymentSuperseded       another request has opened a newer attempt in the meantime
│   └── KeyInFlight             a request with the same Idempotency-Key is still running
├── TooLarge                413
├── UnsupportedContentType  415
├── BalanceTooLarge         422 a balance would be larger than the ledger holds
├── Invalid                 422 names each field
│   └── KeyReused               the same Idempotency-Key with another body
├── TooManyRequests         429
├── GatewayRefusal          502 Fawaterk refused what we asked
└── Unavailable             503 try again
    ├── Busy                    a lock or a connection did not become free in time
    ├── OutcomeUnknown          the connection died during the commit
    └── GatewaySilent           Fawaterk gives no answer, or none that makes sense
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, TypedDict, TypeVar

T = TypeVar("T")


class FieldError(TypedDict):
    """What is wrong with one field: its place, a message for people, and a word for programs."""

    loc: list[str | int]
    msg: str
    type: str


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it so
    """A response other than success. `detail` is for people, `code` for programs; `retry_after` is in seconds."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal Server Error"

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
        self.allow: Sequence[str] = ()
        self.errors: Sequence[FieldError] = ()


class Unreadable(Problem):
    """The request is not in the format that it claims to have."""

    status, code, title = 400, "unreadable", "Bad Request"


class InvalidCode(Problem):
    """A code by mail is not the one of its address, has expired, was used, or was tried too often: all in the same words."""

    status, code, title = 400, "invalid_code", "Bad Request"

    def __init__(self) -> None:
        super().__init__("This code is wrong or no longer valid; ask for a new one")


class Unauthenticated(Problem):
    """Nobody is signed in."""

    status, code, title = 401, "unauthenticated", "Unauthorized"


class InvalidCredentials(Unauthenticated):
    """The e-mail address or the password is wrong; the message does not say which."""

    code = "invalid_credentials"

    def __init__(self) -> None:
        super().__init__("Invalid email or password")


class SecondFactorRequired(Unauthenticated):
    """The password is right. This account needs a code too: none came, or one that is wrong."""

    code = "second_factor_required"

    def __init__(self, detail: str = "Enter the code of your authenticator app, or one of your recovery codes") -> None:
        super().__init__(detail)


class InvalidToken(Unauthenticated):
    """The access or refresh token is not valid."""

    code = "invalid_token"


class Forbidden(Problem):
    """The caller's role may not do this."""

    status, code, title = 403, "forbidden", "Forbidden"


class SecondFactorMissing(Forbidden):
    """Administrators need a second factor here, and this one may do nothing but set theirs up."""

    code = "second_factor_setup_required"

    def __init__(self) -> None:
        super().__init__("Set up your second factor first: administrators need one")


class OwnAccount(Forbidden):
    """The caller would be the one who gains by it. No role may do that, not even SUPER_ADMIN."""

    code = "own_account"

    def __init__(self) -> None:
        super().__init__("Nobody does this for their own account; ask a colleague")


class OwnRequest(Forbidden):
    """The caller has asked for it, and another administrator has to decide."""

    code = "own_request"

    def __init__(self) -> None:
        super().__init__("You have asked for this yourself; another administrator has to decide")


class NotFound(Problem):
    """It does not exist, or this caller may not see it: the two look the same."""

    status, code, title = 404, "not_found", "Not Found"


def require_found(value: T | None, what: str) -> T:
    """The value. Raises NotFound where it is None; `what` names the thing, such as "order"."""
    if value is None:
        raise NotFound(f"There is no such {what}")
    return value


class MethodNotAllowed(Problem):
    """The path exists, but only with the methods in `allow`."""

    status, code, title = 405, "method_not_allowed", "Method Not Allowed"

    def __init__(self, method: str, allow: Sequence[str]) -> None:
        super().__init__(f"{method} is not answered here; use {', '.join(sorted(allow))}")
        self.allow = allow


class Conflict(Problem):
    """The present state does not allow what the request asks for."""

    status, code, title = 409, "conflict", "Conflict"


class AlreadyTaken(Conflict):
    """Another account has this e-mail address, username or card number already. `detail`: words for staff."""

    code = "already_taken"

    def __init__(self, field: str, detail: str | None = None) -> None:
        super().__init__(detail or f"This {field} is already registered; log in instead, or choose another")
        self.field = field


class IllegalMove(Conflict):
    """The state `status` does not allow `move`."""

    code = "illegal_move"

    def __init__(self, thing: str, status: str, move: str) -> None:
        super().__init__(f"{thing} is {status} and can't be {move}")
        self.thing, self.move = thing, move


class NotPriced(Conflict):
    """A booking that a customer made has no price until staff give it one."""

    code = "not_priced"

    def __init__(self, booking_number: str) -> None:
        super().__init__(f"Booking {booking_number} has no price yet; it can be paid once our staff have priced it")
        self.booking_number = booking_number


class PaymentInReview(Conflict):
    """Money arrived that does not match the payment; no further payment is opened until a person has looked at it."""

    code = "payment_in_review"

    def __init__(self, payment_number: str, advice: str) -> None:
        super().__init__(f"A payment of this order ({payment_number}) is being reviewed by our staff; {advice}")
        self.payment_number = payment_number


class CustomerInactive(Conflict):
    """The customer's account is deactivated, so nothing new is made for it."""

    code = "customer_inactive"

    def __init__(self) -> None:
        super().__init__("This customer's account is deactivated; activate it first")


class BalancesWouldLapse(Conflict):
    """Closing the account takes points and cashback, and its owner has not agreed. `what`: both in words."""

    code = "balances_would_lapse"

    def __init__(self, what: str) -> None:
        super().__init__(f"Closing your account takes {what} from you; send forfeit_balances as true to agree")


class InsufficientBalance(Conflict):
    """The balance is lower than the amount to use."""

    code = "insufficient_balance"

    def __init__(self, source: str, available: Decimal) -> None:
        super().__init__(f"There is not enough: {available} {source} can be used")
        self.source, self.available = source, available


class PaymentSuperseded(Conflict):
    """Another request opened a newer attempt while this one was being opened."""

    code = "payment_superseded"

    def __init__(self, payment_number: str) -> None:
        super().__init__(f"Attempt {payment_number} was replaced by a newer one while it was being opened")


class KeyInFlight(Conflict):
    """A request with this Idempotency-Key is still running."""

    code = "idempotency_key_in_flight"

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is still being worked on", retry_after=1)


class TooLarge(Problem):
    """The body is larger than the route's limit, in bytes."""

    status, code, title = 413, "too_large", "Content Too Large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is over the limit of {limit} bytes")


class UnsupportedContentType(Problem):
    """The body has a content type that the route does not accept."""

    status, code, title = 415, "unsupported_content_type", "Unsupported Media Type"


class BalanceTooLarge(Problem):
    """With this amount, a balance or a sum of all that was ever moved would be larger than the ledger holds."""

    status, code, title = 422, "balance_too_large", "Unprocessable Content"

    def __init__(self) -> None:
        super().__init__("The balance would be larger than can be kept; nothing was changed")


class Invalid(Problem):
    """Some fields break the contract; each is named."""

    status, code, title = 422, "validation_error", "Unprocessable Content"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in errors[:5]))
        self.errors = errors

    @classmethod
    def field(cls, loc: Sequence[str | int], message: str, kind: str = "value_error") -> "Invalid":
        """One wrong field, by a rule that the model alone can't check."""
        return cls([{"loc": list(loc), "msg": message, "type": kind}])


class KeyReused(Invalid):
    """The Idempotency-Key was used before for another request, or in another role."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            [
                {
                    "loc": ["header", "Idempotency-Key"],
                    "msg": "this key was already used for another request or in another role; use a new key",
                    "type": "idempotency_key_reused",
                }
            ]
        )


class TooManyRequests(Problem):
    """A limit is reached; `retry_after` says how many seconds to wait."""

    status, code, title = 429, "too_many_requests", "Too Many Requests"


class GatewayRefusal(Problem):
    """Fawaterk refused the call; the same call will be refused again."""

    status, code, title = 502, "gateway_refused", "Bad Gateway"


class Unavailable(Problem):
    """Something that we need does not answer; the same request may succeed soon."""

    status, code, title = 503, "unavailable", "Service Unavailable"

    def __init__(self, detail: str, *, retry_after: int = 2) -> None:
        super().__init__(detail, retry_after=retry_after)


class Busy(Unavailable):
    """The database is too busy for this request right now."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("The service is busy; nothing was changed, try again")


class OutcomeUnknown(Unavailable):
    """The connection died during the commit: we do not know whether the change was made."""

    code = "outcome_unknown"

    def __init__(self) -> None:
        super().__init__("The answer was lost while saving; look whether it was done before you try again")


class GatewaySilent(Unavailable):
    """Fawaterk did not answer in time, or its answer made no sense."""

    code = "gateway_unavailable"

    def __init__(self) -> None:
        super().__init__("The payment gateway does not answer right now; nothing was charged, try again", retry_after=5)
