"""A picture that somebody sent, drawn anew by a process of its own (`decoding.py`).

A decoder holds Python's lock for moments and up to half an instance's memory for seconds, and reads what anybody sends: so
it has a process with limits, which can't slow down or end the server's. One runs at a time, since an instance has one CPU.
"""

import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from lib import db, logs, turns
from lib.errors import Busy, Invalid
from lib.pictures.endings import Ending
from lib.pictures.given import Photo

log = logs.get(__name__)

_ROOT = Path(__file__).resolve().parents[2]
# Four more may wait for it: each holds a thread of the server that other requests need.
_IN_LINE = threading.BoundedSemaphore(5)
_AT_WORK = threading.Lock()
_WAIT_SECONDS = 6
# The decoder's own limit is on its CPU: this one ends it where it has got none.
_MOST_SECONDS = 20
_REFUSALS = {
    Ending.NO_PICTURE: "is no picture that can be read: send a JPEG, PNG, WebP or HEIC file",
    Ending.TOO_LARGE: "has too many pixels; send a smaller one",
}


def draw_anew(photo: Photo, loc: Sequence[str | int]) -> bytes:
    """The picture as a small JPEG. Raises Invalid, which names `loc`, for what is none; Busy where too many are drawn.

    It takes a while, so other handlers get their turn from here on, and no transaction may be open.
    """
    if db.transaction_is_open():
        raise RuntimeError("no picture is drawn while a transaction is open: its locks would wait for it")
    turns.step_aside()
    if not _IN_LINE.acquire(blocking=False):
        raise Busy
    try:
        if not _AT_WORK.acquire(timeout=_WAIT_SECONDS):
            raise Busy
        try:
            return _drawn(photo.content, loc)
        finally:
            _AT_WORK.release()
    finally:
        _IN_LINE.release()


def _drawn(content: bytes, loc: Sequence[str | int]) -> bytes:
    command = [sys.executable, "-m", "lib.pictures.decoding"]
    try:
        done = subprocess.run(  # noqa: S603 - nothing of a request is in the command
            command, input=content, capture_output=True, cwd=_ROOT, timeout=_MOST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        log.warning("drawing a picture took too long")
        raise Busy from None
    if done.returncode == Ending.DRAWN:
        return done.stdout
    if done.returncode in _REFUSALS:
        raise Invalid.field(loc, _REFUSALS[Ending(done.returncode)])
    # A signal ended it, because it ran into a limit or read what it should not have; or it is an error of ours.
    tell = log.warning if done.returncode < 0 else log.error
    tell("a picture could not be drawn", ending=done.returncode, cause=done.stderr.decode(errors="replace")[-500:])
    raise Invalid.field(loc, _REFUSALS[Ending.NO_PICTURE])
