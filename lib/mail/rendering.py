"""Makes a queued mail into a message: plain text and HTML, from right to left in Arabic, every value escaped."""

import html
import json
from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import NamedTuple

from lib.config import config
from lib.mail.outbox import Language, QueuedMail
from lib.mail.templates import CLOSING, GREETING, GREETING_OF_NOBODY, TEMPLATES
from lib.security.codes import digits_of

# Not every server takes lines of eight bits.
_POLICY = SMTP.clone(cte_type="7bit")
_DIRECTION: Mapping[Language, str] = {"en": "ltr", "ar": "rtl"}
_PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}">
<head><meta charset="utf-8"><title>{title}</title></head>
<body style="margin:0;background:#f4f2ee;font:16px/1.6 'Segoe UI',Tahoma,sans-serif;color:#1d2433">
<div dir="{direction}" style="max-width:32rem;margin:2rem auto;padding:1.5rem;background:#fff;border-top:6px solid #8a5700">
{paragraphs}
<p style="color:#5d6778;font-size:13px">{closing}</p>
</div>
</body>
</html>
"""
_CODE = '<p dir="ltr" style="font-size:30px;font-weight:bold;letter-spacing:.3em;text-align:center">{code}</p>'


class Attachment(NamedTuple):
    """A PDF that a mail carries, and the name under which it is saved."""

    name: str
    content: bytes


def message_of(mail: QueuedMail, language: Language, attachment: Attachment | None = None) -> EmailMessage:
    """The message of a queued mail. Its Message-ID is always the same, so that a mail that is sent twice is seen once."""
    values = _values(mail, language)
    template = TEMPLATES[mail.kind][language]
    greeting = GREETING if "first_name" in values else GREETING_OF_NOBODY
    lines = [greeting[language], *template.paragraphs]
    name, sender = parseaddr(config().mail_from)
    message = EmailMessage(policy=_POLICY)
    message["From"] = Address(name, addr_spec=sender)
    message["To"] = Address(addr_spec=mail.recipient)
    message["Subject"] = template.subject.format_map(values)
    message["Date"] = format_datetime(mail.created_at)
    message["Message-ID"] = f"<{mail.id}@{sender.partition('@')[2]}>"
    # Nobody's holiday reply has to answer it.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n\n".join([*(line.format_map(values) for line in lines), "-- ", CLOSING.format_map(values)]))
    message.add_alternative(_page(language, lines, message["Subject"], values), subtype="html")
    if attachment is not None:
        message.add_attachment(attachment.content, maintype="application", subtype="pdf", filename=attachment.name)
    return message


def _values(mail: QueuedMail, language: Language) -> dict[str, str]:
    settings = config()
    seller = settings.seller
    given = {name: str(value) for name, value in json.loads(mail.parameters).items()}
    return {
        **given,
        "title": given.get(f"title_{language}", ""),
        "code": digits_of(mail.code_id) if mail.code_id else "",
        "seller": seller.name_ar if language == "ar" else seller.name_en,
        "seller_email": seller.email,
        "app": f"https://{seller.website}",
    }


def _page(language: Language, lines: list[str], title: str, values: Mapping[str, str]) -> str:
    # A value keeps its own direction: a number of an order stands in an Arabic line as it is written.
    escaped = {name: f"<bdi>{html.escape(value)}</bdi>" for name, value in values.items()}
    paragraphs = (_CODE if line == "{code}" else f"<p>{html.escape(line, quote=False)}</p>" for line in lines)
    return _PAGE.format(
        language=language,
        direction=_DIRECTION[language],
        title=html.escape(title),
        paragraphs="\n".join(paragraphs).format_map(escaped),
        closing=CLOSING.format_map(escaped),
    )
