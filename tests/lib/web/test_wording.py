"""What a customer reads where a field is wrong: the field's name in words, in their language."""

from typing import Any

import pytest

from tests.support.clients import Client, System

GOOD = {"email": "mona@example.com", "password": "Captain123456", "first_name": "Mona", "last_name": "A"}


def told(system: System, language: str = "", **fields: Any) -> str:
    headers = {"Accept-Language": language} if language else {}
    reply = Client(system.base_url).post("/api/auth/register", {**GOOD, **fields}, headers=headers)
    assert reply.status == 422, reply.text
    return str(reply.json["detail"])


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"phone": "123"}, "Phone must have at least 5 characters"),
        ({"first_name": ""}, "First name must have at least 1 characters"),
        ({"first_name": None}, "First name must be text"),
    ],
)
def test_the_field_is_named_in_words(system: System, fields: dict[str, Any], expected: str) -> None:
    assert told(system, **fields) == expected


def test_several_fields_have_a_sentence_each(system: System) -> None:
    assert told(system, phone="123", last_name="") == (
        "Last name must have at least 1 characters; Phone must have at least 5 characters"
    )


@pytest.mark.parametrize("language", ["ar", "ar-EG,ar;q=0.9,en;q=0.8"])
def test_arabic_is_told_to_who_likes_it_best(system: System, language: str) -> None:
    assert told(system, language, phone="123") == "رقم الهاتف: يجب ألا يقل عن 5 حرفًا"


@pytest.mark.parametrize("language", ["en-US,en;q=0.9,ar;q=0.8", "de", ""])
def test_english_is_the_default(system: System, language: str) -> None:
    assert told(system, language, phone="123") == "Phone must have at least 5 characters"


def test_a_rule_that_no_model_has_is_told_in_arabic_too(system: System) -> None:
    assert told(system, "ar", email="").startswith("البريد الإلكتروني") or "Email" in told(system, "ar", email="")
