"""What anybody sends becomes a small JPEG of pixels alone, or is refused by name, within bounds of memory and time."""

import io
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from lib.errors import Busy, Invalid
from lib.pictures import drawing
from lib.pictures.drawing import draw_anew
from lib.pictures.endings import Ending
from lib.pictures.given import Photo
from tests.support.photos import FIXTURES, SECRET, a_jpeg, file_of, secrets_of_a_camera, two_colours

LOC = ("body", "file")


def drawn(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(draw_anew(Photo(content), LOC)))
    image.load()
    return image


def refused(content: bytes) -> str:
    with pytest.raises(Invalid) as raised:
        draw_anew(Photo(content), LOC)
    (error,) = raised.value.errors
    assert error["loc"] == [*LOC]
    return error["msg"]


def colour_at(image: Image.Image, x: float, y: float) -> str:
    """What somebody would call the colour at this place, from 0 to 1."""
    pixel = image.getpixel((int(x * (image.width - 1)), int(y * (image.height - 1))))
    assert isinstance(pixel, tuple)
    red, green, blue = (part > 127 for part in pixel)
    return {(True, False, False): "red", (False, False, True): "blue", (True, True, True): "white"}.get(
        (red, green, blue), str(pixel)
    )


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
NO_PICTURES = {
    "a byte": b"\xff",
    "text": b"hello",
    "svg": SVG,
    "html": b"<!doctype html><script>alert(1)</script>",
    "gif": file_of("GIF"),
    "tiff": file_of("TIFF"),
    "bmp": file_of("BMP"),
    "avif's box": b"\x00\x00\x00\x1cftypavif" + b"\x00" * 16,
    "a box of heic and nothing more": b"\x00\x00\x00\x18ftypheic" + b"\x00" * 16,
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "a head and no body": b"\xff\xd8\xff\xe0" + b"\x00" * 100,
    "html behind the first bytes of a png": b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
    "half a jpeg": a_jpeg()[: len(a_jpeg()) // 2],
    "half a png": file_of("PNG", Image.effect_noise((300, 300), 90))[:20_000],
    "half a webp": file_of("WEBP")[:200],
    "half a heic": (FIXTURES / "turned.heic").read_bytes()[:600],
}


@pytest.mark.parametrize("content", NO_PICTURES.values(), ids=NO_PICTURES)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    assert refused(content).startswith("is no picture")


def a_png_that_says_to_be(width: int, height: int) -> bytes:
    """A few bytes whose head promises this size."""
    content = bytearray(file_of("PNG", Image.new("RGB", (8, 8))))
    content[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    return bytes(content)


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    assert "too many pixels" in refused(a_png_that_says_to_be(50_000, 50_000))
    assert "too many pixels" in refused(file_of("PNG", Image.new("1", (20_000, 20_000))))
    assert "too many pixels" in refused(file_of("WEBP", Image.new("RGB", (5_200, 5_200)), method=0))
    assert "too many pixels" in refused((FIXTURES / "too-many-pixels.heic").read_bytes())


def test_a_text_that_unpacks_to_more_than_memory_is_refused() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("a", "x" * 80_000_000, zip=True)
    assert refused(file_of("PNG", pnginfo=info))


@pytest.fixture(scope="module")
def large() -> Image.Image:
    """As many pixels as a phone makes, no two rows alike."""
    return Image.radial_gradient("L").convert("RGB").resize((8160, 6144))


LARGEST: dict[str, Callable[[Image.Image], bytes]] = {
    "JPEG": lambda image: file_of("JPEG", image, quality=30),
    "progressive JPEG with whole colours": lambda image: file_of("JPEG", image, quality=30, progressive=True, subsampling=0),
    "PNG": lambda image: file_of("PNG", image.convert("RGBA"), compress_level=1),
    "PNG with a palette": lambda image: file_of("PNG", image.convert("P"), compress_level=1),
    "WebP": lambda image: file_of("WEBP", image.resize((5_000, 5_000)), quality=10, method=0),
    "HEIC": lambda _: (FIXTURES / "fifty-megapixels.heic").read_bytes(),
}


@pytest.mark.parametrize("kind", LARGEST)
def test_the_largest_picture_of_each_kind_fits_into_the_memory_that_it_may_have(large: Image.Image, kind: str) -> None:
    assert drawn(LARGEST[kind](large)).width == 512


def test_what_takes_more_memory_than_that_is_refused_whatever_its_head_says(large: Image.Image) -> None:
    tight = "import sys; from lib.pictures import decoding; decoding.MOST_MEMORY //= 4; sys.exit(decoding.main())"
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", tight], input=LARGEST["PNG"](large), capture_output=True, cwd=drawing._ROOT, check=False
    )
    assert (done.returncode, done.stdout) == (Ending.TOO_LARGE, b"")


FORMATS = {
    "JPEG": a_jpeg(),
    "PNG": file_of("PNG", exif=secrets_of_a_camera()),
    "WebP": file_of("WEBP", exif=secrets_of_a_camera()),
    "HEIC": (FIXTURES / "turned.heic").read_bytes(),
}


@pytest.mark.parametrize("content", FORMATS.values(), ids=FORMATS)
def test_each_kind_of_photo_is_drawn_upright_with_nothing_of_its_metadata(content: bytes) -> None:
    assert SECRET in content
    image = drawn(content)
    assert (image.format, image.mode) == ("JPEG", "RGB")
    assert image.height > image.width
    assert (colour_at(image, 0.5, 0.1), colour_at(image, 0.5, 0.9)) == ("red", "blue")
    assert not image.getexif()
    again = draw_anew(Photo(content), LOC)
    assert SECRET not in again
    assert b"Exif" not in again
    assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixels_is_drawn(mode: str) -> None:
    kind = {"CMYK": "JPEG"}.get(mode, "PNG")
    source = Image.new(mode, (64, 48)) if mode == "I;16" else two_colours(mode)
    assert drawn(file_of(kind, source)).mode == "RGB"


def test_a_large_picture_becomes_small_and_a_small_one_keeps_its_size() -> None:
    assert drawn(file_of("JPEG", two_colours(size=(4000, 1000)))).size == (512, 128)
    assert drawn(file_of("PNG", two_colours(size=(40, 30)))).size == (40, 30)
    assert drawn(file_of("PNG", two_colours(size=(3000, 1)))).size == (512, 1)


def test_what_is_transparent_is_white() -> None:
    image = two_colours("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 320, 480))
    shown = drawn(file_of("PNG", image))
    assert (colour_at(shown, 0.1, 0.5), colour_at(shown, 0.9, 0.5)) == ("white", "blue")


def test_of_a_picture_that_moves_the_first_one_is_drawn() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    for kind in ("WEBP", "PNG"):
        moving = file_of(kind, frames[0], save_all=True, append_images=frames[1:], duration=100)
        assert colour_at(drawn(moving), 0.5, 0.5) == "red"


def test_colours_of_another_profile_are_shown_as_they_were_meant() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert colour_at(drawn(file_of("JPEG", icc_profile=lab)), 0.1, 0.5) == "red"
    assert colour_at(drawn(file_of("JPEG", icc_profile=b"no profile")), 0.1, 0.5) == "red"


def test_a_decoder_that_dies_takes_nothing_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert refused(a_jpeg()).startswith("is no picture")


def test_one_is_drawn_at_a_time_and_whoever_waits_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_WAIT_SECONDS", 0.05)
    with drawing._AT_WORK, pytest.raises(Busy):
        draw_anew(Photo(a_jpeg()), LOC)
    assert drawn(a_jpeg())


def test_a_line_that_is_full_is_told_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    line = threading.BoundedSemaphore(1)
    monkeypatch.setattr(drawing, "_IN_LINE", line)
    with line, pytest.raises(Busy):
        draw_anew(Photo(a_jpeg()), LOC)
    assert drawn(a_jpeg())
