"""A real SMTP server in this process, and what it was sent."""

import asyncio
import contextlib
import os
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword

from lib import secrets
from tests.support.ports import own_port

USER, PASSWORD = "mailer", "pass:word"


@dataclass
class Mailbox:
    """What a server has taken. `answer` may give another reply to a content than that it is taken."""

    url: str = ""
    messages: list[EmailMessage] = field(default_factory=list)
    answer: Callable[[bytes], str | None] = lambda _content: None

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.original_content or b""
        reply = self.answer(content)
        if reply == "hang up":
            session.loop.call_soon(server.transport.close)
            return "421 gone"
        if reply is not None and not reply.startswith("250"):
            return reply
        self.messages.append(message_from_bytes(content, policy=default))
        return reply or "250 taken"

    def to(self, address: str) -> list[EmailMessage]:
        """What was sent to an address."""
        return [message for message in self.messages if message["To"] == address]


def _let_in(_server: SMTP, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()))


@contextlib.contextmanager
def smtp_server(scheme: str = "smtp", files: tuple[Path, Path] | None = None, user: str = "") -> Iterator[Mailbox]:
    """A server at the URL of its mailbox, which SMTP_URL names meanwhile; with these files of a certificate it has TLS."""
    context = None
    if files:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*files)
    mailbox = Mailbox()
    with own_port() as port:
        options: dict[str, Any] = {"tls_context": context}
        if scheme == "smtps":
            options = {"ssl_context": context, "auth_require_tls": False}
        controller = Controller(mailbox, "localhost", port, loop=asyncio.new_event_loop(), authenticator=_let_in, **options)
        controller.start()
        mailbox.url = f"{scheme}://{user and f'{user}@'}localhost:{port}"
        try:
            with smtp_url(mailbox.url):
                yield mailbox
        finally:
            controller.stop()


@contextlib.contextmanager
def smtp_url(url: str | None) -> Iterator[None]:
    """SMTP_URL is this, or not set."""
    before = os.environ.pop("SMTP_URL", None)
    if url:
        os.environ["SMTP_URL"] = url
    secrets._read.pop(secrets.SMTP_URL, None)
    try:
        yield
    finally:
        os.environ.pop("SMTP_URL", None)
        if before:
            os.environ["SMTP_URL"] = before
        secrets._read.pop(secrets.SMTP_URL, None)


def code_in(message: EmailMessage) -> str:
    """The six digits that a mail has on a line of their own."""
    plain = message.get_body(("plain",))
    assert plain is not None
    lines: list[str] = plain.get_content().splitlines()
    (code,) = [line for line in lines if len(line) == 6 and line.isdigit()]
    return code
