"""Each kind of mail has its words in both languages, plain and HTML, whatever the values are."""

import json
import uuid
from datetime import UTC, datetime
from typing import get_args

import pytest

from lib.mail.outbox import Kind, Language, QueuedMail
from lib.mail.rendering import message_of
from lib.mail.templates import TEMPLATES

VALUES = {
    "amount": "12.50 EGP",
    "booking_number": "BKG-1",
    "order_number": "ORD-1",
    "payment_number": "PAY-1",
    "refund_number": "RFD-1",
    "title_ar": "رحلة <b>",
    "title_en": "Aswan <script>alert(1)</script> {amount} & more",
}
LANGUAGES: tuple[Language, ...] = get_args(Language)
KINDS: tuple[Kind, ...] = get_args(Kind)


def queued(kind: Kind, **fields: object) -> QueuedMail:
    values = {
        "id": uuid.UUID(int=7),
        "recipient": "mona@example.com",
        "language": None,
        "parameters": json.dumps(VALUES),
        "created_at": datetime(2026, 5, 1, tzinfo=UTC),
        "attempts": 1,
        "code_id": uuid.UUID(int=9) if kind in ("VERIFICATION", "PASSWORD_RESET") else None,
        **fields,
    }
    return QueuedMail(kind=kind, **values)  # type: ignore[arg-type]


def test_every_kind_has_words_in_both_languages() -> None:
    assert {kind: set(words) for kind, words in TEMPLATES.items()} == {kind: {"ar", "en"} for kind in KINDS}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_is_whole_in_text_and_page(database: str, kind: Kind, language: Language) -> None:
    assert database
    message = message_of(queued(kind), language)
    plain, page = (str(message.get_body((part,))) for part in ("plain", "html"))
    text = str(message.get_body(("html",)).get_content())  # type: ignore[union-attr]
    assert plain
    assert page
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in text
    assert "<script" not in text
    assert "<b>" not in text
    assert bytes(message).isascii(), "any server takes it"


def test_a_value_that_looks_like_a_placeholder_stays_as_it_is(database: str) -> None:
    assert database
    message = message_of(queued("BOOKING_CONFIRMED"), "en")
    plain = message.get_body(("plain",))
    assert plain is not None
    assert "<script>alert(1)</script> {amount} & more" in plain.get_content()


def test_the_same_mail_is_always_the_same_message(database: str) -> None:
    assert database
    first, second = (message_of(queued("CASHBACK_CREDITED"), "ar") for _ in range(2))
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])
