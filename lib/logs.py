"""Log lines as JSON with Cloud Logging's fields, the request's id and trace. Personal data and tokens are masked.

Fields: https://cloud.google.com/logging/docs/structured-logging
"""

import contextvars
import json
import logging
import re
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

_context: contextvars.ContextVar[dict[str, object] | None] = contextvars.ContextVar("log_context", default=None)

_MASKS = (
    (re.compile(r"([^\s@<>\"'(),:;\[\]])[^\s@<>\"'(),:;\[\]]{0,63}@([\w.-]+\.\w{2,})"), r"\1***@\2"),
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"), "***token***"),
    (re.compile(r"(?i)(bearer )\S+"), r"\1***"),
    (re.compile(r"(?<=/invoices/verify/)[^/\s]+"), "***token***"),
    (re.compile(r"(?<![\w.-])(?:\+\d{9,14}|0\d{9,13})(?![\w-])"), "***phone***"),
)


def bind(**fields: object) -> None:
    """Add these fields to every later line of this request."""
    _context.set({**(_context.get() or {}), **fields})


def clear() -> None:
    """Begin a request: remove the fields of the request before it."""
    _context.set(None)


def masked(text: str) -> str:
    """The text with its e-mail addresses, tokens and phone numbers masked."""
    for pattern, replacement in _MASKS:
        text = pattern.sub(replacement, text)
    return text


class Log(logging.LoggerAdapter[logging.Logger]):
    """A logger whose calls take fields: `log.warning("hash does not hold", invoice_id=…)`."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Move the fields of a call to the place where the formatter looks for them."""
        own = {name: kwargs.pop(name) for name in list(kwargs) if name not in ("exc_info", "stacklevel", "stack_info")}
        return msg, {**kwargs, "extra": {"fields": own}}


def get(name: str) -> Log:
    """The logger of one module."""
    return Log(logging.getLogger(name), {})


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = {**(_context.get() or {}), **getattr(record, "fields", {})}
        line = {
            "severity": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "message": masked(record.getMessage()),
            "logger": record.name,
            **{name: masked(value) if isinstance(value, str) else value for name, value in fields.items()},
        }
        if record.exc_info:
            line["stack_trace"] = masked(self.formatException(record.exc_info))
        text = json.dumps(line, ensure_ascii=False, default=str)
        # UTF-8 can't encode a lone surrogate. Escaped like this, the line is still JSON.
        return text.encode("utf-8", "backslashreplace").decode()


def to_stdout(*, debug: bool = False) -> None:
    """Send every log line to standard output, where Cloud Logging reads it. A second call changes nothing."""
    root = logging.getLogger()
    if any(isinstance(handler.formatter, _JsonLines) for handler in root.handlers):
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines())
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
