"""A file in a form that a browser or an app sends (multipart/form-data, RFC 7578)."""

import re

from lib.errors import Invalid, Unreadable, UnsupportedContentType

_BOUNDARY = re.compile(r"""boundary=(?:"([^"\r\n]{1,70})"|([^\s;,"]{1,70}))""", re.IGNORECASE)
_NAME = re.compile(
    rb"""^content-disposition:\s*form-data\s*;(?:.*;)?\s*name=(?:"([^"]*)"|([^\s;"]+))""", re.IGNORECASE | re.MULTILINE
)
_MOST_PARTS = 50
_LONGEST_HEAD = 8 * 1024


def file_in_form(body: bytes, content_type: str, name: str) -> bytes:
    """The content of the form's part of this name; what file name and type it says counts for nothing.

    Raises UnsupportedContentType for what is no such form, Unreadable for a broken one, Invalid where it has no such part.
    """
    kind, _, parameters = content_type.partition(";")
    if kind.strip().lower() != "multipart/form-data":
        raise UnsupportedContentType("Send the body as multipart/form-data")
    found = _BOUNDARY.search(parameters)
    if found is None:
        raise Unreadable("The body can't be read: its content type has no boundary")
    for part in _parts(body, (found[1] or found[2]).encode("latin-1")):
        head, blank, content = part.partition(b"\r\n\r\n")
        if not blank or len(head) > _LONGEST_HEAD:
            raise Unreadable("The body can't be read: a part of the form has no head")
        named = _NAME.search(head)
        if named and (named[1] or named[2]) == name.encode():
            return content
    raise Invalid.field(["body", name], "is needed", "missing")


def _parts(body: bytes, boundary: bytes) -> list[bytes]:
    """What is between the boundaries, each of which stands at the beginning of a line."""
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, _MOST_PARTS)
    # Before the first is what nobody reads, and after the last "--".
    if len(pieces) > 1 and pieces[-1][:2] == b"--" and all(piece[:2] == b"\r\n" for piece in pieces[1:-1]):
        return pieces[1:-1]
    raise Unreadable("The body can't be read: it is no form, or it broke off")
