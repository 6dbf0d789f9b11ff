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

from lib.errors.callers import (
    Forbidden,
    InvalidCode,
    InvalidCredentials,
    InvalidToken,
    OwnAccount,
    OwnRequest,
    SecondFactorMissing,
    SecondFactorRequired,
    TooManyRequests,
    Unauthenticated,
)
from lib.errors.conflicts import (
    AlreadyTaken,
    BalancesWouldLapse,
    BalanceTooLarge,
    Conflict,
    CustomerInactive,
    IllegalMove,
    InsufficientBalance,
    KeyInFlight,
    NotPriced,
    PaymentInReview,
    PaymentSuperseded,
)
from lib.errors.outages import (
    Busy,
    GatewayRefusal,
    GatewaySilent,
    OutcomeUnknown,
    Unavailable,
)
from lib.errors.problem import (
    FieldError,
    Problem,
)
from lib.errors.requests import (
    Invalid,
    KeyReused,
    MethodNotAllowed,
    NotFound,
    TooLarge,
    Unreadable,
    UnsupportedContentType,
    require_found,
)

__all__ = [
    "AlreadyTaken",
    "BalanceTooLarge",
    "BalancesWouldLapse",
    "Busy",
    "Conflict",
    "CustomerInactive",
    "FieldError",
    "Forbidden",
    "GatewayRefusal",
    "GatewaySilent",
    "IllegalMove",
    "InsufficientBalance",
    "Invalid",
    "InvalidCode",
    "InvalidCredentials",
    "InvalidToken",
    "KeyInFlight",
    "KeyReused",
    "MethodNotAllowed",
    "NotFound",
    "NotPriced",
    "OutcomeUnknown",
    "OwnAccount",
    "OwnRequest",
    "PaymentInReview",
    "PaymentSuperseded",
    "Problem",
    "SecondFactorMissing",
    "SecondFactorRequired",
    "TooLarge",
    "TooManyRequests",
    "Unauthenticated",
    "Unavailable",
    "Unreadable",
    "UnsupportedContentType",
    "require_found",
]
