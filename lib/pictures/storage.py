"""Where pictures' files are: in a folder on one machine, in a private bucket in the cloud. They never change."""

import contextlib
import functools
import uuid
from pathlib import Path
from typing import Protocol

from lib.config import ConfigurationError, config


class Storage(Protocol):
    """A place for files by name. Each call raises Unavailable where the place does not answer."""

    def write(self, name: str, content: bytes) -> None:
        """Store a file under a name that no other has."""

    def read(self, name: str) -> bytes | None:
        """A file, or None where there is none of this name."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""


class Folder:
    """Files in a folder, which is made with the first of them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, name: str, content: bytes) -> None:
        """Store a file: whole, or not at all."""
        self._path.mkdir(parents=True, exist_ok=True)
        unfinished = self._path / f"{name}.{uuid.uuid4()}"
        unfinished.write_bytes(content)
        unfinished.rename(self._path / name)

    def read(self, name: str) -> bytes | None:
        """A file, or None."""
        with contextlib.suppress(FileNotFoundError):
            return (self._path / name).read_bytes()
        return None

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        (self._path / name).unlink(missing_ok=True)


@functools.cache
def storage() -> Storage:
    """This instance's place for files. Raises ConfigurationError where none is set."""
    folder, bucket = config().pictures_dir, config().pictures_bucket
    if folder is not None:
        return Folder(folder)
    if bucket is None:
        raise ConfigurationError("Pictures have no place: set PICTURES_DIR to a folder, or PICTURES_BUCKET")
    # An instance that serves no picture never needs it.
    from lib.pictures.bucket import Bucket  # noqa: PLC0415

    return Bucket(bucket)
