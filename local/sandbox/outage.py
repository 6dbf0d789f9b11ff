"""An outage of the gateway, which tests and people switch on and off."""

from threading import Condition
from typing import Literal, get_args

from flask import Response

Mode = Literal["ok", "timeout", "error", "garbage"]
MODES: tuple[Mode, ...] = get_args(Mode)

_LONGEST_HANG_SECONDS = 12


class Outage:
    """The present mode, shared by all threads. A new sandbox has no outage."""

    def __init__(self) -> None:
        self._mode: Mode = "ok"
        self._path = ""
        self._changed = Condition()

    @property
    def mode(self) -> Mode:
        """The present mode."""
        return self._mode

    def switch(self, mode: Mode, path: str = "") -> None:
        """Change the mode, and end every call that is hanging. `path`: only calls whose path begins so fail."""
        with self._changed:
            self._mode, self._path = mode, path
            self._changed.notify_all()

    def response(self, path: str) -> Response | None:
        """Give the outage's response to a call, or None in the mode `ok`. In the mode `timeout` it hangs first."""
        if not path.startswith(self._path):
            return None
        if self._mode == "timeout":
            with self._changed:
                self._changed.wait_for(lambda: self._mode != "timeout", _LONGEST_HANG_SECONDS)
            return Response("<html><body>504 Gateway Time-out</body></html>", 504)
        if self._mode == "error":
            return Response('{"message": "Server Error"}', 500, mimetype="application/json")
        if self._mode == "garbage":
            return Response("<!doctype html><title>Maintenance</title><p>We'll be right back.", 200)
        return None
