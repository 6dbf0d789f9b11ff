"""What lists find: days of Cairo, Arabic however it is typed, and debts that are some."""

import secrets as randomness
import urllib.parse

import pytest

from tests.support.clients import System
from tests.support.money import SERVICE, Desk, open_desk


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def found(desk: Desk, **query: str) -> list[str]:
    address = urllib.parse.urlencode({"user_id": desk.customer.id, **query})
    return [one["id"] for one in desk.employee.client.get(f"/api/orders?{address}").json]


@pytest.mark.parametrize(
    ("made_at", "day"),
    [
        ("2026-01-30T22:00Z", "2026-01-31"),
        ("2026-01-30T21:59:59Z", "2026-01-30"),
        ("2026-06-30T21:00Z", "2026-07-01"),
        ("2026-06-30T20:59:59Z", "2026-06-30"),
    ],
)
def test_an_order_is_found_by_its_day_in_cairo_and_not_in_utc(desk: Desk, made_at: str, day: str) -> None:
    order_id = desk.order()["id"]
    desk.run("update orders set created_at = :at::timestamptz where id = :id", at=made_at, id=order_id)
    assert found(desk, created_from=day, created_to=day) == [order_id]


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("أحمد", "احمد"),
        ("احمد", "أحمد"),
        ("إيمان", "ايمان"),
        ("آمال", "امال"),
        ("ٱلنور", "النور"),
        ("مصطفى", "مصطفي"),
        ("هدي", "هدى"),
        ("علی", "علي"),
        ("رحلة", "رحله"),
        ("مُحَمَّد", "محمد"),
        ("محمد", "مُحَمَّد"),
        ("محـــمد", "محمد"),
        ("ﻻﺷﻴﻦ", "لاشين"),
        ("\u0627\u0654حمد", "أحمد"),
        ("José", "JOSE"),
        ("Mona", "\uff4d\uff4f\uff4e\uff41"),
    ],
)
def test_names_and_descriptions_are_found_however_their_letters_are_typed(desk: Desk, written: str, typed: str) -> None:
    described = desk.order(items=[SERVICE | {"description_ar": f"باقة {written} الذهبية"}])["id"]
    assert found(desk, q=typed) == [described]
    plain = desk.order()["id"]
    desk.run("update users set first_name = :name where id = :id", name=written, id=desk.customer.id)
    assert found(desk, q=typed) == [plain, described]
    assert found(desk, q=f"{typed} EL-SAYED") == [plain, described]


def test_an_order_that_is_found_by_everything_it_has_is_listed_once(desk: Desk) -> None:
    word = randomness.token_hex(6)
    order_id = desk.order(items=[SERVICE | {"description_en": f"Trip {word}"}] * 3)["id"]
    desk.run("update users set last_name = :word where id = :id", word=word.upper(), id=desk.customer.id)
    desk.run("update orders set order_number = 'ORD-' || :word where id = :id", word=word, id=order_id)
    assert found(desk, q=word) == [order_id]


@pytest.mark.parametrize("wildcard", ["%", "_", "\\", "\uff05", "\uff3f", "a%", "S_rvice"])
def test_a_sign_that_patterns_know_stands_for_itself(desk: Desk, wildcard: str) -> None:
    desk.order()
    assert found(desk, q=wildcard) == []
    signed = desk.order(items=[SERVICE | {"description_en": f"Rate {wildcard}"}])["id"]
    assert found(desk, q=wildcard) == [signed]


def test_an_order_that_was_called_off_unpaid_is_listed_as_cancelled(desk: Desk) -> None:
    open_order, called_off = desk.order()["id"], desk.order()["id"]
    assert desk.employee.client.post(f"/api/orders/{called_off}/cancel", {}).status == 200

    def listed(query: str = "") -> list[tuple[str, str]]:
        mine = desk.customer.client.get(f"/api/payments/my-payments{query}").json
        for_staff = desk.employee.client.get(f"/api/payments?user_id={desk.customer.id}&{query[1:]}").json
        assert [one["id"] for one in mine["items"]] == [one["id"] for one in for_staff["items"]]
        assert mine["total"] == len(mine["items"])
        return [(one["id"], one["status"]) for one in mine["items"]]

    assert listed() == [(called_off, "CANCELLED"), (open_order, "UNPAID")]
    assert listed("?status=UNPAID") == [(open_order, "UNPAID")]
    assert listed("?status=CANCELLED") == [(called_off, "CANCELLED")]
