"""One customer, staff and the functions in this process, and what has to hold of them whatever happened."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from lib import db, secrets
from lib.fawaterk.signatures import sign
from lib.ledger.verifying import verify_batch
from tests.properties.instant_gateway import InstantGateway, Mood
from tests.support.asgi import AsgiClient
from tests.support.clients import System
from tests.support.functions import client_of
from tests.support.people import Person, make_person

WEBHOOK = "/api/payments/fawaterk/webhook"
# A refusal by the gateway leaves something behind: the order is issued, the attempt FAILED or still to be explained.
LEAVES_A_TRACE = ("gateway_refused", "gateway_unavailable")

# Each finds what must never be, of one customer (:id).
_WRONG = {
    "a transaction does not sum to zero": """
        select t.key, a.currency, sum(e.amount) from ledger_transactions t
        join ledger_entries e on e.transaction_id = t.id join ledger_accounts a on a.id = e.account_id
        where t.user_id = :id group by t.key, a.currency having sum(e.amount) <> 0
    """,
    "an account is not the sum of its entries": """
        select a.kind, a.balance, sum(e.amount) from ledger_accounts a left join ledger_entries e on e.account_id = a.id
        where a.user_id = :id group by a.id having a.balance <> coalesce(sum(e.amount), 0)
    """,
    "a balance is below zero": """
        select kind, balance from ledger_accounts
        where user_id = :id and balance < 0
          and kind in ('WALLET', 'WALLET_HELD', 'CASHBACK', 'CASHBACK_HELD', 'POINTS', 'POINTS_HELD', 'POINTS_PENDING',
                       'UNAPPLIED')
    """,
    "a debt is a credit": """
        select kind, balance from ledger_accounts where user_id = :id and kind like '%DEBT' and balance > 0
    """,
    "a debt stands beside a balance that could pay it": """
        select debt, source, amount from payable_debts(:id)
    """,
    "totals of points do not add up": """
        select * from points_totals(:id) where earned - redeemed - expired + adjusted <> free + held - debt
    """,
    "rows of points do not sum to the balance": """
        select sums.shown, a.balance from ledger_accounts a
        cross join lateral (select coalesce(sum((d.document ->> 'points')::bigint), 0) as shown
                            from points_transaction_documents d where d.account_id = a.id) sums
        where a.user_id = :id and a.kind = 'POINTS' and a.balance <> sums.shown
    """,
    "rows of the wallet do not sum to the balance": """
        select sums.shown, a.balance from ledger_accounts a
        cross join lateral (
            select coalesce(sum((d.document ->> 'amount')::numeric * case
                when d.document ->> 'transaction_type' in ('PAYMENT', 'WITHDRAWAL') then -1 else 1 end), 0) as shown
            from wallet_transaction_documents d where d.account_id = a.id) sums
        where a.user_id = :id and a.kind = 'WALLET' and a.balance <> sums.shown
    """,
    "holds do not add up": """
        select source, held, balance from (
            select s.source,
                   coalesce(sum(case when s.source = 'POINTS' then h.points else h.amount end), 0)
                       + coalesce((select sum(w.amount) from cashback_withdrawals w
                                   where w.user_id = :id and w.status = 'PENDING' and s.source = 'CASHBACK'), 0) as held,
                   coalesce((select balance from ledger_accounts a
                             where a.user_id = :id and a.kind = s.source || '_HELD'), 0) as balance
            from (values ('POINTS'), ('CASHBACK'), ('WALLET')) as s (source)
            left join holds h on h.source = s.source and h.user_id = :id and h.state = 'HELD' group by s.source) sums
        where held <> balance
    """,
    "points are not their lots": """
        select lots, balance from (
            select coalesce((select sum(points_left) from points_lots where user_id = :id), 0) as lots,
                   coalesce((select balance from ledger_accounts where user_id = :id and kind = 'POINTS'), 0) as balance
        ) sums
        where lots <> balance
    """,
    "points that wait are not what orders have left": """
        select * from (
            select coalesce((select balance from ledger_accounts
                             where user_id = :id and kind = 'POINTS_PENDING'), 0) as waits,
                   coalesce((select sum(points - taken_back) from pending_points
                             where user_id = :id and status = 'PENDING'), 0) as meant) sums
        where waits <> meant
    """,
    "points of what was paid by hand could be used at once": """
        select o.order_number from orders o join earning_terms e on e.order_id = o.id
        where o.user_id = :id and points_wait(o.id, e.created_at, e.window_days)
          and exists (select from points_lots l join ledger_transactions t on t.id = l.transaction_id
                      where l.order_id = o.id and t.kind = 'EARN_POINTS')
    """,
    "points that came back expire sooner than in 30 days": """
        select t.key, l.expires_at from ledger_transactions t
        cross join lateral (
            select id from points_lots where transaction_id = t.id and came_from is not null
            union select lot_id from points_lot_uses where transaction_id = t.id and points < 0) moved
        join points_lots l on l.id = moved.id
        where t.user_id = :id and t.created_at > :since and l.expires_at > now()
          and l.expires_at < t.created_at + interval '30 days' - interval '1 minute'
          and not (t.kind = 'RELEASE' and l.transaction_id <> t.id and l.came_from is not null)
    """,
    "an order holds more than it wants": """
        select o.order_number from orders o
        where o.user_id = :id and o.status in ('PAID', 'CANCELLED', 'REFUNDED')
          and exists (select from holds h where h.order_id = o.id and h.state = 'HELD')
    """,
    "more is asked for than is left": """
        select o.order_number, p.payment_number from orders o
        join payments p on p.order_id = o.id and p.status = 'PENDING' and p.review_reason is null
        where o.user_id = :id and o.amount_paid + p.amount + p.points_value + p.cashback_to_use + p.wallet_to_use
              > o.total_amount
    """,
    "what an order says was paid is not what the ledger says": """
        select o.order_number, o.amount_paid, o.amount_refunded, sum(e.amount) from orders o
        left join ledger_transactions t on t.order_id = o.id
        left join ledger_accounts a on a.user_id = :id and a.kind = 'SALES' and a.currency = o.currency
        left join ledger_entries e on e.transaction_id = t.id and e.account_id = a.id
        where o.user_id = :id group by o.id having o.amount_paid - o.amount_refunded <> coalesce(sum(e.amount), 0)
    """,
}
# Everything that an operation could change and a customer or staff could see.
_STATE = """
    select (select json_agg(json_build_array(kind, currency, balance, entries) order by kind, currency)
            from ledger_accounts where user_id = :id)::text,
           (select json_agg(json_build_array(id, status, payment_status, amount_paid, amount_refunded, total_amount)
                            order by id) from orders where user_id = :id)::text,
           (select json_agg(json_build_array(id, status, review_reason, resolution, applied_amount) order by id)
            from payments where user_id = :id)::text,
           (select json_agg(json_build_array(id, status, taken_back) order by id)
            from cashback_records where user_id = :id)::text,
           (select json_agg(json_build_array(id, state, payment_id) order by id) from holds where user_id = :id)::text,
           (select json_agg(json_build_array(id, status) order by id) from bookings where user_id = :id)::text,
           (select json_agg(json_build_array(id, status) order by id) from refunds where user_id = :id)::text,
           (select json_agg(json_build_array(id, status) order by id) from cashback_withdrawals where user_id = :id)::text,
           (select json_agg(json_build_array(order_id, status, taken_back) order by order_id)
            from pending_points where user_id = :id)::text,
           (select count(*) from desk_movements where user_id = :id)::text
"""


@dataclass(frozen=True)
class Told:
    """What a call was answered."""

    status: int
    json: Any


@dataclass
class Functions:
    """Every function as functions-framework builds it, in this process."""

    apps: dict[str, AsgiClient] = field(
        default_factory=lambda: {
            name: client_of(name) for name in ("orders", "bookings", "loyalty", "payments_webhook", "jobs")
        }
    )


class World:
    """Calls functions as people do, and checks after each call that nothing is where it must not be."""

    def __init__(self, database_url: str, functions: Functions, gateway: InstantGateway) -> None:
        system = System("", database_url, "", Path())
        self.functions = functions
        self.gateway = gateway
        self.customer = make_person(system, "CUSTOMER")
        self.admin = make_person(system, "ADMIN")
        # Since when no lot's time was cut short by a test.
        self.shortened_at = datetime.min.replace(tzinfo=UTC)

    def call(
        self, person: Person | None, function: str, method: str, path: str, body: object = None, *, mood: Mood = "answers"
    ) -> Told:
        """One call. What was refused has changed nothing, and everything adds up."""
        before = self.state()
        self.gateway.mood = mood
        reply = self.functions.apps[function].open(
            path,
            method=method,
            data=None if body is None else json.dumps(body, default=str),
            content_type="application/json",
            headers={"Authorization": f"Bearer {person.client.token}"} if person else {},
        )
        self.gateway.mood = "answers"
        told = Told(reply.status_code, json.loads(reply.data, parse_float=Decimal) if reply.data else None)
        assert told.status < 500 or told.status == 503, told
        if told.status >= 400 and not _leaves_a_trace(told):
            assert self.state() == before, f"{method} {path} was refused ({told.json['detail']}) and changed something"
        self.check()
        return told

    def tell(self, invoice_id: str, status: str, mood: Mood = "answers") -> Told:
        """Deliver a genuine webhook of an invoice."""
        text = f"InvoiceId={invoice_id}&InvoiceKey=key{invoice_id}&PaymentMethod=card"
        body = {
            "invoice_id": invoice_id,
            "invoice_key": f"key{invoice_id}",
            "payment_method": "card",
            "invoice_status": status,
            "pay_load": None,
            "hashKey": sign(text, secrets.newest(secrets.FAWATERK_VENDOR_KEY)),
        }
        if status == "failed":
            del body["invoice_status"]
        return self.call(None, "payments_webhook", "POST", WEBHOOK, body, mood=mood)

    def state(self) -> list[Any]:
        """All of this customer's."""
        return db.read.run(_STATE, id=UUID(self.customer.id))[0]

    def verify(self) -> None:
        """The operator's own proof agrees, too."""
        before = UUID(int=UUID(self.customer.id).int - 1)
        assert verify_batch(before, 1).disagreements == []

    def check_refunds(self) -> None:
        """Each refund that the gateway has sent is one of ours, waits for a person, or a person has decided about it."""
        for row in self.gateway.refunds:
            if row.state == "APPROVED":
                found = db.read.run(
                    """
                    select from gateway_refund_requests q
                    left join payments p on p.gateway_invoice_id = q.refundable_id
                    where q.gateway_id = :id
                      and (p.id is null or not is_settled(p) or q.excess > 0 or q.decided_at is not null
                           or exists (select from refunds r where r.gateway_request_id = q.id and r.status <> 'PENDING'))
                    """,
                    id=row.gateway_id,
                )
                assert found, row

    def check(self) -> None:
        """Nothing is where it must not be."""
        for what, sql in _WRONG.items():
            since = {"since": self.shortened_at} if ":since" in sql else {}
            found = db.read.run(sql, id=UUID(self.customer.id), **since)
            assert not found, f"{what}: {found}"


def _leaves_a_trace(told: Told) -> bool:
    kinds = [told.json["code"], *(error["type"] for error in told.json.get("errors", []))]
    return any(kind in LEAVES_A_TRACE for kind in kinds)
