"""What is asked for does not exist, or is not asked for as it has to be."""

from collections.abc import Sequence
from typing import TypeVar

from lib.errors.problem import FieldError, Problem

T = TypeVar("T")


class Unreadable(Problem):
    """The request is not in the format that it claims to have."""

    status, code, title = 400, "unreadable", "Bad Request"


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


class TooLarge(Problem):
    """The body is larger than the route's limit, in bytes."""

    status, code, title = 413, "too_large", "Content Too Large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is over the limit of {limit} bytes")


class UnsupportedContentType(Problem):
    """The body has a content type that the route does not accept."""

    status, code, title = 415, "unsupported_content_type", "Unsupported Media Type"


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
