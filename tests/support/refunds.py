"""Makes refunds as an administrator, and reads what they changed."""

from decimal import Decimal
from typing import Any

from tests.support.clients import Reply
from tests.support.money import Attempt, Desk

WHY = "The trip was called off"


def ask_refund(desk: Desk, order_id: str, destination: str = "wallet", key: str | None = None, **fields: Any) -> Reply:
    """Send an administrator's request for a refund; the reply may be an error."""
    headers = {"Idempotency-Key": key} if key else {}
    body = {"reason": WHY, "destination": destination, **fields}
    return desk.admin.client.post(f"/api/orders/{order_id}/refund", body, headers=headers)


def refund(desk: Desk, order_id: str, destination: str = "wallet", **fields: Any) -> dict[str, Any]:
    """Make a refund, which must succeed."""
    reply = ask_refund(desk, order_id, destination, **fields)
    assert reply.status == 201, reply.text
    return dict(reply.json)


def asked_at_gateway(desk: Desk, invoice_id: str) -> list[dict[str, Any]]:
    """The requests for refunds of an invoice that the gateway has, newest first."""
    return list(desk.gateway.get(f"/invoices/{invoice_id}/refunds").json)


def decide(desk: Desk, invoice_id: str, status: str = "approved", **how: Any) -> dict[str, Any]:
    """Let the gateway decide about the newest request of an invoice; the webhook of an approval (or {})."""
    number = asked_at_gateway(desk, invoice_id)[0]["id"]
    reply = desk.gateway.post(f"/refunds/{number}/decision", {"status": status, **how})
    assert reply.status == 200, reply.text
    return dict(reply.json["webhook"] or {})


def refund_by_gateway(desk: Desk, attempt: Attempt, **fields: Any) -> dict[str, Any]:
    """Refund a payment by the gateway, which approves it at once and tells of it; the refund as it is then."""
    made = refund(desk, attempt.order_id, "gateway", **fields)
    assert made["status"] == "PENDING", made
    decide(desk, attempt.invoice_id, shape="v3")
    return next(one for one in refunds_of(desk, attempt.order_id) if one["refund_id"] == made["refund_id"])


def dashboard_refund(desk: Desk, invoice_id: str, amount: str | None = None) -> int:
    """Ask for a refund in the gateway's own dashboard; its number there. It is not decided yet."""
    body = {} if amount is None else {"amount": amount}
    reply = desk.gateway.post(f"/invoices/{invoice_id}/refunds", body)
    assert reply.status == 200, reply.text
    return int(reply.json["id"])


def paid(desk: Desk, method: int = 2, **using: Any) -> Attempt:
    """Make an order of 342.00 that is paid: with these balances, and the rest at the gateway."""
    order_id = desk.order()["id"]
    attempt = desk.pay(order_id, method, **using)
    desk.happens(attempt.invoice_id, "paid")
    assert desk.statuses(attempt).order == "PAID"
    return attempt


def order_of(desk: Desk, order_id: str) -> dict[str, Any]:
    """An order as its owner reads it."""
    return dict(desk.customer.client.get(f"/api/orders/{order_id}").json)


def refunds_of(desk: Desk, order_id: str) -> list[dict[str, Any]]:
    """An order's refunds as staff read them, newest first."""
    return list(desk.employee.client.get(f"/api/orders/{order_id}/refunds").json)


def sent_back(desk: Desk, invoice_id: str) -> str:
    """How much of an invoice the gateway has refunded."""
    return str(desk.gateway.get(f"/invoices/{invoice_id}").json["refunded"])


def parts_of(made: dict[str, Any]) -> list[tuple[str, str, str]]:
    """The parts of a refund: source, destination, amount."""
    return [(part["source"], part["destination"], str(part["amount"])) for part in made["parts"]]


def accounts(desk: Desk, order_id: str) -> dict[str, Decimal]:
    """The sum of an order's entries, by account."""
    rows = desk.run(
        """
        select a.kind, sum(e.amount) from ledger_transactions t
        join ledger_entries e on e.transaction_id = t.id join ledger_accounts a on a.id = e.account_id
        where t.order_id = :id group by a.kind having sum(e.amount) <> 0
        """,
        id=order_id,
    )
    return dict(rows)


def credit_notes(desk: Desk, order_id: str) -> list[list[Any]]:
    """The credit notes of an order, oldest first: number, amount, tax."""
    return desk.run(
        """
        select credit_note_number, snapshot ->> 'amount', snapshot ->> 'tax_amount' from credit_notes
        where order_id = :id order by credit_note_number
        """,
        id=order_id,
    )
