"""An outage of the gateway, switched on and off by whoever tests what we make of it."""

from threading import Condition
from typing import Literal, get_args

from flask import Response

Mode = Literal["ok", "timeout", "error", "garbage"]
MODES: tuple[Mode, ...] = get_args(Mode)

_LONGEST_HANG_SECONDS = 12


class Outage:
    """The present mode, for every thread alike; a new sandbox has none."""

    def __init__(self) -> None:
        self._mode: Mode = "ok"
        self._changed = Condition()

    @property
    def mode(self) -> Mode:
        """What the API does now."""
        return self._mode

    def switch(self, mode: Mode) -> None:
        """Change what the API does, and let every hanging call go."""
        with self._changed:
            self._mode = mode
            self._changed.notify_all()

    def answer(self) -> Response | None:
        """Give what a call gets instead of its answer, None while all is well; hangs while the mode is timeout."""
        if self._mode == "timeout":
            with self._changed:
                self._changed.wait_for(lambda: self._mode != "timeout", _LONGEST_HANG_SECONDS)
            return Response("<html><body>504 Gateway Time-out</body></html>", 504)
        if self._mode == "error":
            return Response('{"message": "Server Error"}', 500, mimetype="application/json")
        if self._mode == "garbage":
            return Response("<!doctype html><title>Maintenance</title><p>We'll be right back.", 200)
        return None
