"""A pass opens the invoice of one order for a minute, to nobody who has it not."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import jwt
import pytest

from lib import secrets
from lib.security import passes
from lib.security.keys import key_id
from lib.security.passes import issue_pass
from tests.functions.invoices.purchases import draft, issued
from tests.functions.invoices.test_invoice_routes import pdf_text
from tests.support.clients import Client, Reply
from tests.support.people import Person


def ask(anyone: Client, order_id: str, given: object) -> Reply:
    return anyone.post(f"/api/orders/{order_id}/invoice/mailed", {"pass": given})


def test_a_pass_opens_its_own_invoice(anyone: Client, customer: Person, employee: Person) -> None:
    order_id = issued(employee, customer)
    reply = ask(anyone, order_id, issue_pass(UUID(order_id)))
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/pdf")
    assert customer.client.get(f"/api/orders/{order_id}").json["order_number"] in pdf_text(reply.content)


def test_a_pass_for_a_draft_finds_no_invoice(anyone: Client, customer: Person, employee: Person) -> None:
    order_id = str(draft(employee, customer)["id"])
    assert ask(anyone, order_id, issue_pass(UUID(order_id))).status == 404


@pytest.mark.parametrize("given", [None, 7, [], "x" * 2_001])
def test_what_is_no_text_of_a_pass_is_refused_by_name(
    anyone: Client, customer: Person, employee: Person, given: object
) -> None:
    reply = ask(anyone, issued(employee, customer), given)
    assert (reply.status, reply.json["errors"][0]["loc"]) == (422, ["body", "pass"])


def test_nothing_else_opens_it(anyone: Client, customer: Person, employee: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id, other_id = issued(employee, customer), issued(employee, customer)
    good = issue_pass(UUID(order_id))
    claims = jwt.decode(good, options={"verify_signature": False})
    stranger = "0" * 64
    forged = jwt.encode(claims, stranger, headers={"kid": key_id(secrets.newest(secrets.JWT_KEY))})
    unsigned = jwt.encode(claims, "", algorithm="none")
    monkeypatch.setattr(passes, "_LIFETIME", timedelta(seconds=-1))
    late = issue_pass(UUID(order_id))
    for given in ("", "a.b.c", "é", issue_pass(UUID(other_id)), late, forged, unsigned, customer.client.token, f"{good}x"):
        reply = ask(anyone, order_id, given)
        assert (reply.status, reply.json["code"]) == (401, "invalid_token"), given


def test_a_pass_is_no_access_token(anyone: Client, customer: Person, employee: Person) -> None:
    order_id = issued(employee, customer)
    bearer = Client(anyone.base_url, issue_pass(UUID(order_id)))
    assert bearer.get("/api/auth/me").status == 401
    assert bearer.get(f"/api/orders/{order_id}/invoice").status == 401


def test_a_pass_holds_for_a_minute() -> None:
    claims = jwt.decode(issue_pass(UUID(int=7)), options={"verify_signature": False})
    assert claims["sub"] == str(UUID(int=7))
    assert json.dumps(sorted(claims)) == '["aud", "exp", "iss", "sub"]'
    assert claims["exp"] - datetime.now(UTC).timestamp() <= 60
