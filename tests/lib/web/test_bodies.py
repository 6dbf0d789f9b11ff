"""Bodies and queries that can't be read, are too large, or break the model in some field."""

import json

import pytest

from tests.lib.web.conftest import json_of
from tests.support.asgi import AsgiClient, AsgiResponse

MEBIBYTE = 1024 * 1024
PATH = "/open/things"


def post(client: AsgiClient, body: bytes | str, content_type: str | None = "application/json") -> AsgiResponse:
    return client.post(PATH, data=body, content_type=content_type)


def assert_names(response: AsgiResponse, *loc: str | int) -> None:
    """The response is a 422 that names this field, in its detail and in its errors."""
    assert response.status_code == 422, response.text
    assert response.content_type == "application/problem+json"
    problem = json_of(response)
    assert problem["code"] == "validation_error"
    assert list(loc) in [error["loc"] for error in problem["errors"]], response.text
    assert str(loc[-1]).lower() in problem["detail"].lower()
    assert all(set(error) == {"loc", "msg", "type"} for error in problem["errors"])


def test_a_good_body_is_taken_with_what_it_brings_besides_ignored(client: AsgiClient) -> None:
    body = {"name": "  a   chair ", "price": 12.50, "note": "two\r\nlines", "role": "ADMIN", "parts": []}

    response = post(client, json.dumps(body))

    assert response.status_code == 201
    assert json_of(response) == {"name": "a chair", "price": "12.5", "note": "two\nlines", "parts": 0}


@pytest.mark.parametrize("body", [b"", b"  \r\n "])
def test_an_empty_body_is_an_empty_object_of_whatever_type(client: AsgiClient, body: bytes) -> None:
    assert_names(post(client, body, None), "body", "name")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'name': 'x'}",
        b'{"name": "x"} more',
        b'{"price": NaN, "name": "x"}',
        b'{"price": Infinity, "name": "x"}',
        b'{"price": -Infinity, "name": "x"}',
        b'{"price": 1e99999999999999999999, "name": "x"}',
        b'{"count": 1e9999999, "name": "x"}',
        b'{"unknown": 1E-9999999, "name": "x"}',
        b'{"count": ' + b"9" * 5000 + b', "name": "x"}',
        b'{"name": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"name": "\xff\xfe"}',
        b'\xef\xbb\xbf{"name": "x"}',
        b'{"name": "a\x00b"}',
        b'{"name": 01}',
    ],
    ids=lambda body: repr(body[:40]),
)
def test_what_is_no_json_can_not_be_read(client: AsgiClient, body: bytes) -> None:
    response = post(client, body)

    assert (response.status_code, response.content_type) == (400, "application/problem+json")
    assert json_of(response)["code"] == "unreadable"


@pytest.mark.parametrize("body", [b"[]", b'"name"', b"1", b"null", b"true"])
def test_a_body_that_is_no_object_is_told_so(client: AsgiClient, body: bytes) -> None:
    assert_names(post(client, body), "body")


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonp", "json"])
def test_a_body_of_another_type_is_not_read(client: AsgiClient, kind: str | None) -> None:
    response = post(client, b'{"name": "x"}', kind)

    assert (response.status_code, json_of(response)["code"]) == (415, "unsupported_content_type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json"])
def test_json_is_json_under_each_of_its_types(client: AsgiClient, kind: str) -> None:
    assert post(client, b'{"name": "x"}', kind).status_code == 201


def test_a_body_of_just_a_mebibyte_is_read(client: AsgiClient) -> None:
    body = json.dumps({"name": "x", "unknown": ""}).encode()
    padded = body[:-2] + b"y" * (MEBIBYTE - len(body)) + body[-2:]

    assert len(padded) == MEBIBYTE
    assert post(client, padded).status_code == 201
    assert post(client, padded + b" ").status_code == 413


@pytest.mark.parametrize("size", [MEBIBYTE + 1, 11 * MEBIBYTE])
def test_a_body_that_does_not_say_its_length_is_cut_off_at_the_limit(client: AsgiClient, size: int) -> None:
    pieces = [b" " * MEBIBYTE] * (size // MEBIBYTE) + [b" " * (size % MEBIBYTE)]
    response = client.post(PATH, pieces=pieces, content_type="application/json")

    assert (response.status_code, json_of(response)["code"]) == (413, "too_large")


@pytest.mark.parametrize("length", [str(MEBIBYTE + 1), str(11 * MEBIBYTE), "9" * 30])
def test_a_length_over_the_limit_is_refused_before_anything_is_read(client: AsgiClient, length: str) -> None:
    response = client.post(PATH, content_type="application/json", headers={"Content-Length": length})

    assert response.status_code == 413


@pytest.mark.parametrize("path", [PATH, "/nowhere", "/things"])
def test_a_client_that_hangs_up_within_its_body_is_no_error_of_ours(client: AsgiClient, path: str) -> None:
    response = client.post(
        path, data=b'{"na', content_type="application/json", headers={"Content-Length": "5000"}, breaks_off=True
    )

    assert str(response.status_code)[:1] == "4"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "5"),
        ("name", '""'),
        ("name", '" \\u0001 "'),
        ("name", '"\\ud800"'),
        ("name", '"a\\u0000b"'),
        ("name", '"abc\\u202etxt"'),
        ("name", '"\\u2066a\\u2069"'),
        ("name", "null"),
        ("name", '"' + "x" * 256 + '"'),
        ("note", '"a\\u0000b"'),
        ("note", '"\\udfff"'),
        ("note", '"' + "x" * 2001 + '"'),
        ("price", "1e40"),
        ("price", "-1e40"),
        ("price", "1e-40"),
        ("price", "-0"),
        ("price", "-0.0"),
        ("price", "-0e0"),
        ("price", '"-0.00"'),
        ("price", '"1e3"'),
        ("price", '"NaN"'),
        ("price", '"Infinity"'),
        ("price", '" 1"'),
        ("price", '"\u0661"'),
        ("price", "-1"),
        ("price", "0.0001"),
        ("price", "1." + "0" * 40 + "1"),
        ("price", "100000000000"),
        ("price", "true"),
        ("price", "[1]"),
        ("price", "{}"),
        ("count", "1e40"),
        ("count", "1.5"),
        ("count", "-1"),
        ("count", "1e30"),
        ("count", "{}"),
        ("day", '"2026-02-30"'),
        ("day", '"tomorrow"'),
        ("parts", "{}"),
        ("parts", "7"),
    ],
)
def test_each_wrong_value_is_refused_under_its_field_s_name(client: AsgiClient, field: str, value: str) -> None:
    fields = {"name": '"x"', field: value}

    response = post(client, "{" + ", ".join(f'"{name}": {text}' for name, text in fields.items()) + "}")

    assert_names(response, "body", field)


def test_null_counts_as_absent_where_the_default_is_another(client: AsgiClient) -> None:
    nulls = {"name": "x", "price": None, "count": None, "day": None, "note": None, "parts": None}

    assert json_of(post(client, json.dumps(nulls))) == {"name": "x", "price": "0", "note": None, "parts": 0}


def test_every_wrong_field_is_named_at_once_down_to_the_item(client: AsgiClient) -> None:
    good, bad = {"label": "leg", "weight": 1}, {"label": "leg", "weight": "heavy"}

    response = post(client, json.dumps({"price": "much", "count": "many", "parts": [good, bad, {}]}))

    for loc in (["name"], ["price"], ["count"], ["parts", 1, "weight"], ["parts", 2, "label"], ["parts", 2, "weight"]):
        assert [["body", *loc]] == [error["loc"] for error in json_of(response)["errors"] if error["loc"][1:] == loc]


def test_a_name_in_right_to_left_script_with_its_plain_marks_is_taken(client: AsgiClient) -> None:
    assert post(client, json.dumps({"name": "\u200f\u0645\u0646\u0649 (VIP)\u200f"})).status_code == 201


def test_ten_thousand_items_are_one_clear_error(client: AsgiClient) -> None:
    response = post(client, json.dumps({"name": "x", "parts": [{"label": "leg", "weight": 1}] * 10_000}))

    assert_names(response, "body", "parts")
    assert len(response.data) < 10_000


def test_an_answer_names_no_more_errors_than_a_person_can_read(client: AsgiClient) -> None:
    response = post(client, json.dumps({"name": "x", "parts": [{}] * 150}))

    assert len(json_of(response)["errors"]) == 50


@pytest.mark.parametrize("value", ['"\\ud800"', '"\\u0000"', '"\\u202e"', "-0", "1e40", "[[[[]]]]", '{"\\ud800": 1}'])
def test_a_field_that_the_route_does_not_know_is_ignored_whatever_it_holds(client: AsgiClient, value: str) -> None:
    assert post(client, f'{{"name": "x", "colour": {value}, "\\ud800": 1}}').status_code == 201


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=-0x1", "limit"),
        ("limit=1e400", "limit"),
        ("limit=NaN", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=%D9%A1", "limit"),
        ("name=%00", "name"),
        ("name=a%E2%80%AEb", "name"),
        ("name=" + "x" * 300, "name"),
        ("name=%20", "name"),
    ],
)
def test_a_wrong_value_in_the_query_is_refused_under_its_name(client: AsgiClient, query: str, field: str) -> None:
    assert_names(client.get(f"/things?{query}"), "query", field)


@pytest.mark.parametrize("query", ["limit=", "name=", "limit=5&limit=x", "colour=%00", "=", "&&", "name=%ED%A0%80", "%00=1"])
def test_an_empty_or_unknown_value_in_the_query_counts_as_not_given(client: AsgiClient, query: str) -> None:
    assert client.get(f"/things?{query}").status_code == 200


def test_a_query_of_too_many_fields_is_refused_before_it_is_taken_apart(client: AsgiClient) -> None:
    response = client.get("/things?" + "&".join(f"f{number}=1" for number in range(101)))
    assert (response.status_code, json_of(response)["code"]) == (400, "unreadable")
    assert client.get("/things?" + "&".join(f"f{number}=1" for number in range(100))).status_code != 400
