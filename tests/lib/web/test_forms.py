"""The file in a form, whatever the form says about it; and forms that are broken."""

import pytest

from lib.errors import Invalid, Problem, Unreadable, UnsupportedContentType
from lib.web import file_in_form

KIND = "multipart/form-data; boundary=b0undary"


def a_form(*parts: tuple[str, bytes], boundary: str = "b0undary") -> bytes:
    """Parts, each with its head."""
    written = b"".join(b"--%s\r\n%s\r\n\r\n%s\r\n" % (boundary.encode(), head.encode(), content) for head, content in parts)
    return written + b"--%s--\r\n" % boundary.encode()


FILE = ('Content-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpg', b"\x00\r\n--\xff\r\n")


@pytest.mark.parametrize(
    "head",
    [
        FILE[0],
        'content-disposition: form-data; name="file"',
        "Content-Disposition: form-data; name=file",
        'Content-Type: text/html\r\nContent-Disposition: form-data; filename="x; y.png"; name="file"',
        "Content-Disposition:form-data;name=\"file\";filename*=UTF-8''%e2%82%ac",
    ],
)
def test_the_bytes_come_as_they_were_sent(head: str) -> None:
    others = ('Content-Disposition: form-data; name="files"', b"1"), ('Content-Disposition: form-data; name="b"', b"")
    assert file_in_form(a_form(*others, (head, FILE[1])), KIND, "file") == FILE[1]


@pytest.mark.parametrize(
    "kind", ["multipart/form-data;boundary=b0undary", 'Multipart/Form-Data; charset=utf-8; Boundary="b0undary"']
)
def test_a_boundary_is_found_however_it_is_written(kind: str) -> None:
    assert file_in_form(a_form(FILE), kind, "file") == FILE[1]


def test_what_stands_before_the_form_is_nobody_s() -> None:
    assert file_in_form(b"preamble\r\n" + a_form(FILE) + b"epilogue", KIND, "file") == FILE[1]


@pytest.mark.parametrize(
    ("body", "kind", "problem"),
    [
        (a_form(FILE), "", UnsupportedContentType),
        (a_form(FILE), "application/json", UnsupportedContentType),
        (a_form(FILE), "multipart/mixed; boundary=b0undary", UnsupportedContentType),
        (a_form(FILE), "multipart/form-data", Unreadable),
        (a_form(FILE), "multipart/form-data; boundary=", Unreadable),
        (a_form(FILE), "multipart/form-data; boundary=other", Unreadable),
        (b"", KIND, Unreadable),
        (b"\xff\xd8\xff", KIND, Unreadable),
        (a_form(FILE)[:-10], KIND, Unreadable),
        (a_form(FILE)[:60], KIND, Unreadable),
        (a_form(FILE).replace(b"\r\n\r\n", b"\r\n", 1), KIND, Unreadable),
        (a_form(("x" * 9000, b"")), KIND, Unreadable),
        (a_form(*[FILE] * 60), KIND, Unreadable),
        (a_form(), KIND, Invalid),
        (a_form(('Content-Disposition: form-data; filename="file"', b"1")), KIND, Invalid),
        (a_form(("Content-Type: image/jpeg", b"1")), KIND, Invalid),
    ],
)
def test_what_is_no_such_form_is_refused(body: bytes, kind: str, problem: type[Problem]) -> None:
    with pytest.raises(problem):
        file_in_form(body, kind, "file")
