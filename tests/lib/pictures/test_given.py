"""What the app puts in the place of a picture: a `data:` URI with blanks in it and any type, or an address."""

import base64

import pytest
from pydantic import TypeAdapter, ValidationError

from lib.pictures.given import LARGEST_FILE, Avatar, Photo

AVATAR: TypeAdapter[Photo | str] = TypeAdapter(Avatar)
BYTES = b"\x00\xffanything"
BASE64 = base64.b64encode(BYTES).decode()


@pytest.mark.parametrize(
    "uri",
    [
        "data:image/jpeg;base64,{}",
        "data: image / jpeg; base64, {}",
        "data:application/octet-stream;base64,{}",
        "data:text/html;charset=utf-8;base64,{}",
        "data:;base64,{}",
        "DATA:;BASE64,{}",
        " \n data : image/png ;\tbase64,\r\n{}\n".replace("data :", "data:"),
    ],
)
def test_the_bytes_are_what_counts(uri: str) -> None:
    broken = f"{BASE64[:5]}\r\n {BASE64[5:]}"
    for body in (BASE64, broken):
        assert AVATAR.validate_python(uri.format(body)) == Photo(BYTES)


@pytest.mark.parametrize(
    "wrong",
    [
        *("data:", "data:,", "data:image/png;base64,", f"data:image/png,{BASE64}", "data:image/png;base64,%%%%"),
        *("data:;base64,AAA", "data:;base64,AA=A", "data:;base64,=", f"data:;base64,{BASE64}é", "data:;base64,\ud800"),
        *(7, True, ["data:"], {"content": "AAAA"}, "https://example.com/\ud800", "x" * 2049),
    ],
)
def test_anything_else_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        AVATAR.validate_python(wrong)


def test_a_file_of_just_five_mebibytes_is_taken() -> None:
    uri = "data:;base64," + base64.b64encode(bytes(LARGEST_FILE)).decode()
    assert AVATAR.validate_python(uri) == Photo(bytes(LARGEST_FILE))
    with pytest.raises(ValidationError, match="at most 5 MB"):
        AVATAR.validate_python("data:;base64," + base64.b64encode(bytes(LARGEST_FILE + 1)).decode())


def test_what_was_sent_stands_in_no_message() -> None:
    assert BASE64 not in repr(AVATAR.validate_python(f"data:;base64,{BASE64}"))
