"""Pictures as phones and browsers send them, each with what nobody else is to learn."""

import base64
import io
import os
from pathlib import Path
from typing import Any

from PIL import Image

from tests.support.clients import Client, Reply

FIXTURES = Path(__file__).parents[1] / "fixtures" / "pictures"
# In the metadata of each picture below.
SECRET = b"SpyCam 3000"
# Photographed with the camera turned: shown upright, red is above blue.
TURNED = 6
_MAKE, _ORIENTATION, _GPS = 0x010F, 0x0112, 0x8825


def two_colours(mode: str = "RGB", size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    return image.convert(mode)


def secrets_of_a_camera() -> Image.Exif:
    """The camera, how it was held, and where it was."""
    exif = Image.Exif()
    exif[_MAKE], exif[_ORIENTATION] = SECRET.decode(), TURNED
    exif.get_ifd(_GPS).update({1: "N", 2: (30.0, 3.0, 7.0), 3: "E", 4: (31.0, 14.0, 9.0)})
    return exif


def file_of(kind: str, image: Image.Image | None = None, **options: Any) -> bytes:
    """A picture as a file of this kind."""
    written = io.BytesIO()
    (image or two_colours()).save(written, kind, **options)
    return written.getvalue()


def a_jpeg(**options: Any) -> bytes:
    """A photo of a phone that was turned."""
    return file_of("JPEG", exif=secrets_of_a_camera(), comment=SECRET, **options)


def data_uri(content: bytes, stated: str = "image/jpeg") -> str:
    """The picture as the app sends it inside JSON, blanks and all."""
    return f"data: {stated.replace('/', ' / ')}; base64, {base64.b64encode(content).decode()}"


def form(content: bytes, name: str = "file", kind: str = "image/jpg") -> dict[str, Any]:
    """The picture as the app uploads it, for `requests`."""
    return {"files": {name: ("photo", content, kind)}}


def upload(client: Client, content: bytes) -> Reply:
    """Upload a picture as one's own."""
    return client.post("/api/auth/upload-avatar", **form(content))


def seen(client: Client, address: str) -> Image.Image:
    """The picture at an address, as it is shown to anybody."""
    shown = Client(client.base_url).get(address)
    assert (shown.status, shown.headers["Content-Type"]) == (200, "image/jpeg"), shown.content[:200]
    image = Image.open(io.BytesIO(shown.content))
    image.load()
    return image


def stored() -> set[str]:
    """The names of all files that the tests' system keeps."""
    return set(os.listdir(os.environ["PICTURES_DIR"]))  # noqa: PTH208 - names are asked for
