"""Log lines as JSON with Cloud Logging's fields, the request's id and trace. Personal data and tokens are masked.

Fields: https://cloud.google.com/logging/docs/structured-logging
"""

import contextvars
import json
import logging
import re
import sys
from datetime import UTC, datetime

_context: contextvars.ContextVar[dict[str, object] | None] = contextvars.ContextVar("log_context", default=None)

_EMAIL = re.compile(r"([^\s@<>\"'(),:;\[\]])[^\s@<>\"'(),:;\[\]]{0,63}@([\w.-]+\.\w{2,})")
_ACCESS_TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
_BEARER = re.compile(r"(?i)(bearer )\S+")
# The tokens that open a return page or the page that verifies an invoice, also in an address that somebody has broken.
_PAGE_TOKEN = re.compile(r"(?i)((?:/verify|/payment/[a-z]+|\btoken)(?:/|=|%2f|%3d)+)[^/\s&;\"']+")
_PHONE = re.compile(r"(?<![\w.-])(?:\+\d{9,14}|0\d{9,13})(?![\w-])")
_NINE_DIGITS = re.compile(r"\d{9}")

_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode


def bind(**fields: object) -> None:
    """Add these fields to every later line of this request, also in the thread that does its work.

    They are ids and words of ours. A text that somebody else wrote belongs into a line, where it is masked.
    """
    bound = _context.get()
    if bound is None:
        _context.set(fields)
    else:
        bound.update(fields)


def clear() -> None:
    """Begin a request: remove the fields of the request before it."""
    _context.set(None)


def masked(text: str) -> str:
    """The text with its e-mail addresses, tokens and phone numbers masked."""
    # Most texts have nothing of it, which is seen sooner than by looking for each whole.
    if "@" in text:
        text = _EMAIL.sub(r"\1***@\2", text)
    if "eyJ" in text:
        text = _ACCESS_TOKEN.sub("***token***", text)
    if "bearer " in text.lower():
        text = _BEARER.sub(r"\1***", text)
    if _PAGE_TOKEN.search(text):
        text = _PAGE_TOKEN.sub(r"\1***token***", text)
    if _NINE_DIGITS.search(text):
        text = _PHONE.sub("***phone***", text)
    return text


class Log:
    """A logger whose calls take fields: `log.warning("hash does not hold", invoice_id=…)`.

    It makes records by itself: the library's own way looks for the line of the code that calls, which no line of ours says.
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(self, message: str, **fields: object) -> None:
        """Something worth knowing."""
        self._write(logging.INFO, message, fields)

    def warning(self, message: str, *, exc_info: bool = False, **fields: object) -> None:
        """Something that should not be, and is dealt with."""
        self._write(logging.WARNING, message, fields, exc_info=exc_info)

    def error(self, message: str, **fields: object) -> None:
        """Something that somebody has to look at."""
        self._write(logging.ERROR, message, fields)

    def exception(self, message: str, **fields: object) -> None:
        """The same, with the error that is being handled."""
        self._write(logging.ERROR, message, fields, exc_info=True)

    def _write(self, level: int, message: str, fields: dict[str, object], *, exc_info: bool = False) -> None:
        if self._logger.isEnabledFor(level):
            error = sys.exc_info() if exc_info else None
            record = logging.LogRecord(self._logger.name, level, "", 0, message, (), error)
            record.__dict__["fields"] = fields
            self._logger.handle(record)


def get(name: str) -> Log:
    """The logger of one module."""
    return Log(name)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "severity": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "message": masked(record.getMessage()),
            "logger": record.name,
            **(_context.get() or {}),
        }
        for name, value in getattr(record, "fields", {}).items():
            line[name] = masked(value) if isinstance(value, str) else value
        if record.exc_info:
            line["stack_trace"] = masked(self.formatException(record.exc_info))
        text = _encode(line)
        # UTF-8 can't encode a lone surrogate. Escaped like this, the line is still JSON.
        return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def to_stdout(*, debug: bool = False) -> None:
    """Send every log line to standard output, where Cloud Logging reads it. A second call changes nothing."""
    root = logging.getLogger()
    if any(isinstance(handler.formatter, _JsonLines) for handler in root.handlers):
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonLines())
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    # No line says them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.getLogger("urllib3").setLevel(logging.WARNING)
