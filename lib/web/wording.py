"""What a caller reads where fields are wrong: the app shows it as it is, in the caller's language.

A message is written once, in English ("must have at least 5 characters"). The name before it is the field's name on the
wire. Arabic is found by the message; one that has none here stays English.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lib.errors import FieldError

# So many wrong fields are told in words. All of them stand in `errors`.
MOST_TOLD = 5

_Context = Mapping[str, Any]
# Pydantic's kinds of errors, in our words.
_MESSAGES: dict[str, Callable[[_Context], str]] = {
    "missing": lambda _: "is needed",
    "string_too_short": lambda given: f"must have at least {given['min_length']} characters",
    "string_too_long": lambda given: f"must have at most {given['max_length']} characters",
    "string_type": lambda _: "must be text",
    "greater_than": lambda given: f"must be above {given['gt']}",
    "greater_than_equal": lambda given: f"must be at least {given['ge']}",
    "less_than_equal": lambda given: f"must be at most {given['le']}",
    "literal_error": lambda given: f"must be {given['expected'].replace(chr(39), '')}",
    "string_pattern_mismatch": lambda _: "is not in the right form",
    "uuid_parsing": lambda _: "must be an id",
    "uuid_type": lambda _: "must be an id",
    "int_type": lambda _: "must be a whole number",
    "int_parsing": lambda _: "must be a whole number",
    "bool_type": lambda _: "must be true or false",
    "list_type": lambda _: "must be a list",
    "dict_type": lambda _: "must be an object",
    "too_long": lambda given: f"must have at most {given['max_length']} entries",
    "too_short": lambda given: f"must have at least {given['min_length']} entries",
}
_ARABIC_MESSAGES = (
    (re.compile(r"is needed"), "مطلوب"),
    (re.compile(r"must not be null"), "مطلوب"),
    (re.compile(r"must have at least (\S+) characters"), "يجب ألا يقل عن {} حرفًا"),
    (re.compile(r"must have at most (\S+) characters"), "يجب ألا يزيد على {} حرفًا"),
    (re.compile(r"must be text"), "يجب أن يكون نصًا"),
    (re.compile(r"must be above (\S+)"), "يجب أن يكون أكبر من {}"),
    (re.compile(r"must be at least (\S+)(?: [A-Z]{3})?"), "يجب ألا يقل عن {}"),
    (re.compile(r"must be at most (\S+?)(?: [A-Z]{3})?(?:, which is left to pay)?"), "يجب ألا يزيد على {}"),
    (re.compile(r"is not in the right form"), "صيغته غير صحيحة"),
    (re.compile(r"must be an e-mail address.*"), "يجب أن يكون بريدًا إلكترونيًا صحيحًا"),
    (re.compile(r"must have (\d+) to (\d+) characters"), "يجب أن يكون من {} إلى {} حرفًا"),
    (re.compile(r"must contain an upper-case letter"), "يجب أن تحتوي على حرف لاتيني كبير"),
    (re.compile(r"must contain a lower-case letter"), "يجب أن تحتوي على حرف لاتيني صغير"),
    (re.compile(r"must contain a digit"), "يجب أن تحتوي على رقم"),
    (
        re.compile(r"is one of the commonly breached passwords; choose another"),
        "من كلمات المرور المسرّبة الشائعة؛ اختر غيرها",
    ),
    (re.compile(r"must not contain the name (\w+)"), "يجب ألا تحتوي على الاسم {}"),
    (
        re.compile(r"must not contain your e-mail address, username, name or phone number, or a part of them"),
        "يجب ألا تحتوي على بريدك الإلكتروني أو اسم المستخدم أو اسمك أو رقم هاتفك أو جزء منها",
    ),
    (re.compile(r"is not your current password"), "ليست كلمة مرورك الحالية"),
    (re.compile(r"is no picture that can be read.*"), "ليست صورة يمكن قراءتها: أرسل ملف JPEG أو PNG أو WebP أو HEIC"),
    (re.compile(r"must have at most (\d+) MB"), "يجب ألا يزيد حجمها على {} ميغابايت"),
    (re.compile(r"is empty"), "فارغ"),
    (re.compile(r"has too many pixels; send a smaller one"), "عدد وحدات البكسل كبير جدًا؛ أرسل صورة أصغر"),
    (re.compile(r"must be an id"), "معرّف غير صالح"),
    (re.compile(r"must be a whole number"), "يجب أن يكون عددًا صحيحًا"),
    (re.compile(r"must be true or false"), "يجب أن يكون نعم أو لا"),
    (re.compile(r"must have at most (\d+) decimals in [A-Z]{3}"), "يجب ألا تزيد الخانات العشرية على {}"),
    (re.compile(r"must not be before today, (\S+)"), "يجب ألا يكون قبل اليوم، {}"),
    (re.compile(r"must not be before start_date"), "يجب ألا يكون قبل تاريخ البداية"),
)
_ARABIC_NAMES = {
    "amount": "المبلغ",
    "avatar": "الصورة",
    "country": "الدولة",
    "currency": "العملة",
    "current_password": "كلمة المرور الحالية",
    "discount": "الخصم",
    "discount_amount": "الخصم",
    "email": "البريد الإلكتروني",
    "end_date": "تاريخ النهاية",
    "file": "الملف",
    "first_name": "الاسم الأول",
    "guest_count": "عدد الضيوف",
    "guest_names": "أسماء الضيوف",
    "identifier": "اسم الدخول",
    "last_name": "اسم العائلة",
    "new_password": "كلمة المرور الجديدة",
    "note": "الملاحظة",
    "notes": "الملاحظات",
    "otp": "رمز التحقق",
    "password": "كلمة المرور",
    "phone": "رقم الهاتف",
    "points": "النقاط",
    "quantity": "الكمية",
    "reason": "السبب",
    "start_date": "تاريخ البداية",
    "unit_price": "سعر الوحدة",
    "username": "اسم المستخدم",
}


def message_of(error: Any) -> str:
    """The message of an error that pydantic found, such as "must have at least 5 characters"."""
    kind = str(error["type"])
    # Pydantic speaks of entries where a text's length is checked after a function of ours has read it.
    if kind in ("too_short", "too_long") and isinstance(error.get("input"), str):
        kind = f"string_{kind}"
    known = _MESSAGES.get(kind)
    return str(error["msg"]).removeprefix("Value error, ") if known is None else known(error.get("ctx", {}))


def told(errors: Sequence[FieldError], language: str) -> str:
    """What is wrong, in a sentence for each field: "Phone must have at least 5 characters". `language`: en or ar."""
    return "; ".join(_sentence(error, language) for error in errors[:MOST_TOLD])


def _sentence(error: FieldError, language: str) -> str:
    name, message = _name(error), error["msg"]
    if language == "ar":
        for pattern, arabic in _ARABIC_MESSAGES:
            if found := pattern.fullmatch(message):
                return f"{_ARABIC_NAMES.get(name, _in_words(name))}{_entry(error)}: {arabic.format(*found.groups())}"
    subject = (_in_words(name) if name else f"The {error['loc'][0]}") + _entry(error)
    is_predicate = message.startswith(("must ", "is ", "has ", "says ", "can't "))
    return f"{subject} {message}" if is_predicate else f"{subject}: {message}"


def _name(error: FieldError) -> str:
    """The wrong field's own name; "" where the body or the query is wrong as a whole."""
    names = [str(part) for part in error["loc"][1:] if isinstance(part, str)]
    return names[-1] if names else ""


def _entry(error: FieldError) -> str:
    """Which entry of a list it is in, counted from 1, such as " (2)"; "" outside of lists."""
    return "".join(f" ({part + 1})" for part in error["loc"] if isinstance(part, int))


def _in_words(name: str) -> str:
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]
