"""Drawn invoices that are kept in memory, so that an unchanged one is not drawn again."""

import threading
from collections import OrderedDict
from hashlib import sha256
from typing import NamedTuple


class File(NamedTuple):
    """A document and the name under which it is saved."""

    name: str
    content: bytes


class Kept:
    """Files by what they were made from; those asked for least lately go once all are larger than `most_bytes`."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._files: OrderedDict[bytes, File] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def find(self, source: bytes) -> File | None:
        """The file that was made from exactly this, or None."""
        key = sha256(source).digest()
        with self._lock:
            if key not in self._files:
                return None
            self._files.move_to_end(key)
            return self._files[key]

    def keep(self, source: bytes, file: File) -> None:
        """Keep a file, unless it is larger than all may be."""
        key = sha256(source).digest()
        with self._lock:
            if key in self._files or len(file.content) > self._most_bytes:
                return
            self._files[key] = file
            self._bytes += len(file.content)
            while self._bytes > self._most_bytes:
                _, gone = self._files.popitem(last=False)
                self._bytes -= len(gone.content)
