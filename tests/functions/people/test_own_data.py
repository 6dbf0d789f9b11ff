"""People take along what is kept about them: all of it, nothing of others, and nothing that lets anybody in."""

import re
import uuid

from functions.people.closing_schemas import OwnData
from functions.people.exporting import ROWS_PER_LIST
from tests.functions.people.owners import Owner
from tests.functions.people.test_closing import BOOKING
from tests.support.balances import give
from tests.support.clients import Client, Reply
from tests.support.money import Desk, open_desk

PATH = "/api/auth/me/export"


def export(desk: Desk) -> Reply:
    return desk.customer.client.get(PATH)


def full(desk: Desk) -> None:
    """Give the customer something of everything."""
    give(desk.customer.id, wallet="700", points=300, cashback="5")
    attempt = desk.attempt()
    desk.happens(attempt.invoice_id, "paid")
    refund = {"amount": 10, "reason": "asked for", "destination": "wallet"}
    assert desk.admin.client.post(f"/api/orders/{attempt.order_id}/refund", refund).status < 300
    desk.order(payment_status="PAID")
    desk.employee.client.post("/api/bookings", {"user_id": desk.customer.id, **BOOKING, "start_date": "2047-05-01"})
    desk.customer.client.post("/api/cashback/withdraw", {"amount": 5})
    desk.admin.client.post(f"/api/cashback/admin/add?user_id={desk.customer.id}&amount=7.5&reason=gift")
    desk.admin.client.put(f"/api/admin/users/{desk.customer.id}", {"country": "Oman"})


def test_there_is_something_of_everything(desk: Desk) -> None:
    full(desk)
    reply = export(desk)
    assert reply.status == 200, reply.text
    assert reply.headers["Content-Disposition"] == 'attachment; filename="altayarvip-my-data.json"'
    assert reply.headers["Cache-Control"] == "no-store"
    OwnData.model_validate(reply.json)
    assert set(reply.json) == set(OwnData.model_fields)
    assert [name for name, value in reply.json.items() if value in ([], None)] == []
    assert reply.json["profile"] == desk.customer.client.get("/api/auth/me").json
    assert {mail["kind"] for mail in reply.json["mails"]} >= {"ORDER_ISSUED", "PAYMENT_RECEIVED"}
    changes = [(row["action"], row["by"]) for row in reply.json["changes"]]
    assert changes[0] == ("change", "our staff")


def test_lists_are_what_their_routes_show(desk: Desk) -> None:
    full(desk)
    data = export(desk).json
    client = desk.customer.client
    assert data["orders"] == client.get("/api/orders/me?limit=100&include_bookings=true").json
    assert data["points_transactions"] == client.get("/api/points/me/transactions?limit=100").json
    assert data["wallet_transactions"] == client.get("/api/wallet/me/transactions?limit=100").json
    assert {row["id"] for row in data["bookings"]} == {row["id"] for row in client.get("/api/bookings/me").json}


def test_nothing_of_others_is_in_it(desk: Desk) -> None:
    full(desk)
    other = open_desk(desk.system)
    full(other)
    desk.run("update users set first_name = 'Sherif', last_name = 'Nagy' where id = :id", id=desk.employee.id)
    desk.run("update users set first_name = 'Sherif', last_name = 'Nagy' where id = :id", id=desk.admin.id)
    text = export(desk).text
    for foreign in (other.customer.id, other.customer.email, "Sherif", "Nagy", desk.admin.email, desk.employee.email):
        assert foreign not in text


def test_nothing_in_it_lets_anybody_in(desk: Desk) -> None:
    full(desk)
    owner = Owner(desk).protect()
    rows = desk.run(
        """
        select encode(t.token_hash, 'hex') from refresh_tokens t join sessions s on s.id = t.session_id
        where s.user_id = :id
        union all select return_token from payments where user_id = :id
        union all select verify_token from invoices i join orders o on o.id = i.order_id where o.user_id = :id
        """,
        id=desk.customer.id,
    )
    text = export(desk).text
    assert rows
    for secret in (*[secret for (secret,) in rows], str(desk.customer.client.token), "$argon2id", "password"):
        assert secret not in text
    protected = owner.client.get(PATH)
    assert protected.json["has_second_factor"] is True
    for secret in (owner.secret, *owner.recovery_codes, "$argon2id"):
        assert secret not in protected.text
    assert not re.search(r"code_hash|token_hash", text)


def test_whoever_has_not_proven_an_address_sees_no_codes_that_were_sent_to_it(desk: Desk) -> None:
    Client(desk.system.base_url).post("/api/auth/forgot-password", {"email": desk.customer.email})
    assert export(desk).json["mails"] == []
    desk.run("update users set email_verified = true where id = :id", id=desk.customer.id)
    assert [mail["kind"] for mail in export(desk).json["mails"]] == ["PASSWORD_RESET"]


def test_each_list_ends_at_its_bound(desk: Desk) -> None:
    desk.run(
        """
        insert into audit_log (action, entity, entity_id, at)
        select 'change', 'user', :id, now() - make_interval(secs => n) from generate_series(1, :many) n
        """,
        id=desk.customer.id,
        many=ROWS_PER_LIST + 5,
    )
    data = export(desk).json
    assert (len(data["changes"]), data["rows_per_list"]) == (ROWS_PER_LIST, ROWS_PER_LIST)
    assert data["changes"] == sorted(data["changes"], key=lambda row: row["at"], reverse=True)


def test_a_session_of_another_or_one_that_has_ended_gets_nothing(desk: Desk) -> None:
    assert Client(desk.system.base_url).get(PATH).status == 401
    other = open_desk(desk.system).customer
    assert other.client.get(f"{PATH}?user_id={desk.customer.id}").json["profile"]["id"] == other.id
    desk.run("update sessions set ended_at = now(), end_reason = 'LOGOUT' where user_id = :id", id=desk.customer.id)
    assert export(desk).status == 401
    assert Client(desk.system.base_url, str(uuid.uuid4())).get(PATH).status == 401
