"""What a customer reads where a field is wrong: the field's name in words, in their language."""

import re
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
        ({"username": "ab"}, "Username must have at least 3 characters"),
        ({"username": "x" * 51}, "Username must have at most 50 characters"),
        ({"username": "mona elsayed"}, "Username is not in the right form"),
        ({"email": "mona"}, "Email must be an e-mail address, such as name@example.com"),
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


@pytest.mark.parametrize(
    "fields",
    [
        *[
            {"email": wrong}
            for wrong in ("", "mona", "mona@", "mona@example", "a b@example.com", "x" * 300 + "@example.com")
        ],
        *[{"phone": wrong} for wrong in ("12", "call me please", "1" * 40)],
        *[{"username": wrong} for wrong in ("ab", "mona elsayed", "x" * 60)],
        *[{"password": wrong} for wrong in ("Aa3", "nouppercase1", "NOLOWERCASE1", "NoDigitsHere", "Password1")],
        *[{"password": wrong} for wrong in ("AltayarVIP2026", "Mona12345", "Aa3" + "x" * 130)],
        *[{"first_name": wrong} for wrong in ("", None, "x" * 200)],
    ],
)
def test_who_registers_in_arabic_reads_no_english(system: System, fields: dict[str, Any]) -> None:
    """One of the forms that every customer fills in: all that can be wrong in it is told in Arabic."""
    words = told(system, "ar", **fields).replace("AltayarVIP", "")
    assert not re.search("[A-Za-z]", words), words
