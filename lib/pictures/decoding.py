"""Decodes a picture that somebody sent and draws it anew. It runs in a process of its own (`drawing.py`).

What comes out has the pixels of the picture and nothing else of it: no place, no camera, no comment, no second image.
"""

import contextlib
import io
import os
import resource
import sys

from PIL import Image, ImageCms, ImageOps

from lib.pictures.endings import Ending

LONGEST_SIDE = 512
MOST_MEMORY = 512 * 1024 * 1024
MOST_CPU_SECONDS = 6

# What fits into MOST_MEMORY: a pixel takes up to 8 bytes while it is decoded, of a WebP 16. Phones make up to 50 million.
MOST_PIXELS = {"JPEG": 51_000_000, "MPO": 51_000_000, "PNG": 51_000_000, "HEIF": 51_000_000, "WEBP": 25_000_000}
_LOWER_PRIORITY = 10
_JPEG_QUALITY = 85


class TooManyPixels(Exception):  # noqa: N818 - the name says what is wrong
    """A picture that would not fit into memory."""


def drawn_anew(content: bytes) -> bytes:
    """The picture as a JPEG of at most LONGEST_SIDE pixels: upright, sRGB, its first image alone.

    Raises TooManyPixels, or whatever the decoder raises for bytes that are no picture.
    """
    formats = ["JPEG", "PNG", "WEBP"]
    if content[4:8] == b"ftyp":
        from pi_heif import register_heif_opener  # noqa: PLC0415 - few pictures need it

        register_heif_opener()
        formats = ["HEIF"]
    # Ours is told as an error, and Pillow's as a warning.
    Image.MAX_IMAGE_PIXELS = None
    with Image.open(io.BytesIO(content), formats=formats) as image:
        # Nothing is decoded yet.
        if image.width * image.height > MOST_PIXELS[str(image.format)]:
            raise TooManyPixels
        # Pixels that are numbers of colours can't be mixed.
        small = image.convert("RGBA") if image.mode in ("1", "P") else image
        # A JPEG is decoded at a fraction of its size.
        small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        profile = image.info.get("icc_profile")
        upright = ImageOps.exif_transpose(small)
    drawn = Image.new("RGB", upright.size, "white")
    coloured = _in_srgb(upright, profile)
    drawn.paste(coloured, mask=coloured.getchannel("A") if "A" in coloured.getbands() else None)
    written = io.BytesIO()
    drawn.save(written, "JPEG", quality=_JPEG_QUALITY)
    return written.getvalue()


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture with its colours as every screen shows them; without a usable profile they are taken to be so."""
    if profile and image.mode in ("RGB", "RGBA", "CMYK"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            mode = "RGBA" if image.mode == "RGBA" else "RGB"
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
            if converted is not None:
                return converted
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def main() -> Ending:
    """Read a picture from standard input, write what was drawn to standard output, and say how it ended."""
    os.nice(_LOWER_PRIORITY)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        drawn = drawn_anew(sys.stdin.buffer.read())
    except (TooManyPixels, MemoryError):
        return Ending.TOO_LARGE
    except (OSError, SyntaxError, ValueError, EOFError):
        return Ending.NO_PICTURE
    sys.stdout.buffer.write(drawn)
    return Ending.DRAWN


if __name__ == "__main__":
    sys.exit(main())
