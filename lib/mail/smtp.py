"""The connection to the SMTP server that SMTP_URL names.

    smtps://user:password@host        TLS from the start (port 465)
    starttls://user:password@host     TLS before anything else is said (port 587)
    smtp://host                       without TLS, for a server beside us; never with a password in the cloud (port 25)

A job sends by it. No transaction is open meanwhile.
"""

import contextlib
import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from lib.config import ConfigurationError, config

SECONDS = 10.0
_PORTS = {"smtp": 25, "smtps": 465, "starttls": 587}
_PERMANENT = 500


class MailRefused(Exception):  # noqa: N818 - it says what happened
    """The server did not take a mail. `is_final`: it will not take it later either. The message is what it said."""

    def __init__(self, said: str, *, is_final: bool) -> None:
        super().__init__(said)
        self.is_final = is_final


@contextlib.contextmanager
def connected(url: str) -> Iterator[smtplib.SMTP]:
    """A connection to the server. Raises ConfigurationError where its address can't be right.

    Raises OSError, as all errors of smtplib are, where the server does not answer or does not let us in.
    """
    server = _open(url)
    try:
        yield server
    finally:
        # What was sent has been taken already, so whatever happens to the goodbye does not matter.
        with contextlib.suppress(OSError):
            server.quit()


def send(server: smtplib.SMTP, message: EmailMessage) -> None:
    """Send one message to its recipient. Raises MailRefused, or OSError where the connection is gone."""
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        ((code, said),) = refused.recipients.values()
        raise _refused(server, code, said) from None
    except smtplib.SMTPDataError as refused:
        raise _refused(server, refused.smtp_code, refused.smtp_error) from None
    except smtplib.SMTPNotSupportedError as error:
        raise MailRefused(str(error), is_final=True) from None


def _refused(server: smtplib.SMTP, code: int, said: bytes | str) -> MailRefused | OSError:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    # 421 says that the server hangs up, and smtplib has closed its end then.
    if server.sock is None:
        return smtplib.SMTPServerDisconnected(f"{code} {text}")
    return MailRefused(f"{code} {text}", is_final=code >= _PERMANENT)


def _open(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ConfigurationError("SMTP_URL: must be smtps://, starttls:// or smtp:// with a host")
    if parts.scheme == "smtp" and parts.password and config().environment != "local":
        raise ConfigurationError("SMTP_URL: smtp:// would send the password without TLS; use smtps:// or starttls://")
    host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
    else:
        server = smtplib.SMTP(host, port, timeout=SECONDS)
    try:
        if parts.scheme == "starttls":
            server.starttls(context=ssl.create_default_context())
        if parts.username and parts.password:
            server.login(unquote(parts.username), unquote(parts.password))
    except BaseException:
        server.close()
        raise
    return server
