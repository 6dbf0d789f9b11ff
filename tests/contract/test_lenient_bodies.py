"""What the app in the field sends a little off the schema, and what the API makes of it."""

import uuid

import pytest

from tests.support.clients import Client, System
from tests.support.database import run
from tests.support.people import Person

ITEM = {"description_en": "Tour", "description_ar": None, "quantity": 1, "unit_price": 100}
NULLS = (
    *("order_type", "tax_rate", "discount_amount", "currency", "is_free", "payment_status"),
    *("points_to_use", "wallet_to_use", "cashback_to_use", "notes_ar", "notes_en", "due_date"),
)


def test_null_is_as_good_as_absent_where_a_field_has_a_default(employee: Person, customer: Person) -> None:
    body = {"user_id": customer.id, "items": [ITEM]}
    plain = employee.client.post("/api/orders", body)
    nulls = employee.client.post("/api/orders", {**body, **dict.fromkeys(NULLS)})

    assert (plain.status, nulls.status) == (201, 201), nulls.text
    same = ("order_type", "tax_rate", "discount_amount", "currency", "is_free", "payment_status", "status", "total_amount")
    assert {name: nulls.json[name] for name in same} == {name: plain.json[name] for name in same}


def test_a_registration_with_nulls_gets_the_defaults(anyone: Client, system: System) -> None:
    email = f"{uuid.uuid4().hex}@example.com"
    nulls = dict.fromkeys(("language", "username", "phone", "gender", "country", "referral_code"))
    wanted = {"email": email, "password": "Str0ngEnough!x", "first_name": "Mona", "last_name": "Said", **nulls}

    assert anyone.post("/api/auth/register", wanted).status == 201
    assert run(system.database_url, "select language from users where email = :email", email=email) == [["ar"]]


def test_a_change_still_tells_null_from_absent(employee: Person, customer: Person) -> None:
    order = employee.client.post("/api/orders", {"user_id": customer.id, "items": [ITEM], "notes_en": "x"}).json
    path = f"/api/orders/{order['id']}"

    assert employee.client.put(path, {"notes_ar": "y"}).json["notes_en"] == "x"
    assert employee.client.put(path, {"notes_en": None}).json["notes_en"] is None
    assert employee.client.put(path, {"tax_rate": None}).status == 422
    assert customer.client.put("/api/auth/me", {"first_name": None}).status == 422


@pytest.mark.parametrize("method", [2, "2"])
def test_a_way_to_pay_may_be_a_string_of_digits(employee: Person, customer: Person, method: object) -> None:
    order = employee.client.post("/api/orders", {"user_id": customer.id, "items": [ITEM]}).json
    body = {"payment_method_id": method, "wallet_to_use": None}

    assert customer.client.post(f"/api/orders/{order['id']}/pay", body).status == 200


def test_a_query_s_boolean_stays_a_word(employee: Person) -> None:
    for word in ("true", "1", "false"):
        assert employee.client.get(f"/api/payments?in_review={word}").status == 200


def test_the_same_key_with_another_body_is_refused_even_where_no_body_is_needed(employee: Person, customer: Person) -> None:
    order = employee.client.post("/api/orders", {"user_id": customer.id, "items": [ITEM]}).json
    path, headers = f"/api/orders/{order['id']}/issue", {"Idempotency-Key": uuid.uuid4().hex}
    first = employee.client.post(path, headers=headers)

    assert first.status == 200, first.text
    assert employee.client.post(path, headers=headers).content == first.content
    assert employee.client.post(path, {"note": "x"}, headers=headers).json["code"] == "idempotency_key_reused"
