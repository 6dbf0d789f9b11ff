"""The base of every error that a caller can get."""

from collections.abc import Sequence
from typing import ClassVar, TypedDict


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
    allow: Sequence[str] = ()
    errors: Sequence[FieldError] = ()

    def __init__(self, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after
