"""An order, with or without a booking, that is walked through its states: what people, the gateway and the clock can do."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from functions.jobs import payments as payment_jobs
from lib import db
from lib.config import config
from lib.fawaterk.refunds import RefundState
from lib.payments.gateway import Deadline
from lib.refunds.matching import look_before
from tests.properties.instant_gateway import InstantGateway, Mood
from tests.properties.world import Functions, World
from tests.support.clients import System
from tests.support.people import make_person

PRICE = 100
TRIP = {"booking_type": "TRIP", "title_en": "Siwa", "start_date": "2047-05-01"}

# What tells one state from another, of one order. Amounts count as none, a part or all.
_STATE = """
    select json_build_object(
        'order', (select json_build_array(status, payment_status, amount_paid > 0, amount_refunded > 0)
                  from orders where id = :id),
        'booking', (select status from bookings where order_id = :id),
        'payments', (select json_agg(distinct jsonb_build_array(
                         payment_type = 'MANUAL', status, applied_amount > 0, unapplied_amount(p) > 0, in_review(p),
                         case when in_review(p) or resolution = 'REFUND_DUE' then review_reason end))
                     from payments p where order_id = :id),
        'refunds', (select json_agg(distinct jsonb_build_array(status, origin, destination, payment_id is null))
                    from refunds where order_id = :id),
        'held', (select json_agg(distinct case when is_for_order then 'promised' else 'of an attempt' end)
                 from holds where order_id = :id and state = 'HELD'),
        'approvals', (select json_agg(distinct status) from approvals where order_id = :id))::text
"""
# What is still to be done about an order: an end has none of it.
_OPEN = """
    select 'the order is ' || status from orders where id = :id and status in ('DRAFT', 'ISSUED')
    union all
    select 'the booking is ' || status from bookings where order_id = :id and status in ('PENDING', 'CONFIRMED')
      and not exists (select from orders where id = :id and status = 'PAID')
    union all
    select 'a payment is open' from payments where order_id = :id and status = 'PENDING'
    union all
    select 'a payment waits for a person: ' || review_reason from payments p where order_id = :id and in_review(p)
    union all
    select 'a refund is ' || status from refunds where order_id = :id and status in ('PENDING', 'NEEDS_REVIEW')
    union all
    select 'an approval waits' from approvals where order_id = :id and status = 'PENDING'
    union all
    select 'balances are held' from holds where order_id = :id and state = 'HELD'
    union all
    select 'money is unapplied' from payments p where order_id = :id and unapplied_amount(p) >
        (select coalesce(sum(f.amount), 0) from refund_parts f join refunds r on r.id = f.refund_id
         where f.payment_id = p.id and r.payment_id = p.id and r.status = 'COMPLETED')
"""


class QuickWorld(World):
    """Calls functions without looking at everything after each call: the walk makes thousands."""

    def __init__(self, database_url: str, functions: Functions, gateway: InstantGateway) -> None:
        super().__init__(database_url, functions, gateway)
        self.other_admin = make_person(System("", database_url, "", Path()), "ADMIN")

    def state(self) -> list[Any]:
        return []

    def check(self) -> None:
        return


class Walker:
    """One order, with or without a booking, and everybody who can move it."""

    def __init__(self, world: QuickWorld, kind: str) -> None:
        self.world = world
        world.gateway.invoices.clear()
        world.gateway.refunds.clear()
        item = {"description_en": "Tour", "quantity": 1, "unit_price": PRICE}
        made = {"user_id": world.customer.id, "currency": "EGP", "tax_rate": 0, "items": [item]}
        self.booking_id = None
        if kind == "order":
            self.order_id = str(world.call(world.admin, "orders", "POST", "/api/orders", made).json["id"])
        else:
            told = world.call(world.admin, "bookings", "POST", "/api/bookings", {**made, **TRIP}).json
            self.order_id, self.booking_id = str(told["order_id"]), str(told["id"])

    def seen(self) -> str:
        return str(db.read.run(_STATE, id=UUID(self.order_id))[0][0])

    def still_open(self) -> list[str]:
        return [str(row[0]) for row in db.read.run(_OPEN, id=UUID(self.order_id))]

    def payments(self) -> list[str]:
        """The ids of the payments, newest first."""
        rows = db.read.run(
            "select id::text from payments where order_id = :id order by created_at desc", id=UUID(self.order_id)
        )
        return [str(row[0]) for row in rows]

    def ask(self, path: str, body: object = None, *, mood: Mood = "answers", by_owner: bool = False) -> int:
        """Call a route below the order, as an administrator or as its owner."""
        world, person = self.world, self.world.customer if by_owner else self.world.admin
        return world.call(person, "orders", "POST", f"/api/orders/{self.order_id}/{path}", body or {}, mood=mood).status

    def move_booking(self, status: str, **fields: object) -> None:
        if self.booking_id is not None:
            path = f"/api/bookings/{self.booking_id}/status"
            self.world.call(self.world.admin, "bookings", "PATCH", path, {"status": status, **fields})

    def resolve(self, action: str, **fields: object) -> None:
        for payment_id in self.payments():
            path = f"/api/payments/{payment_id}/resolve"
            self.world.call(self.world.admin, "payments_webhook", "POST", path, {"action": action, "note": "seen", **fields})

    def refund(self, destination: str, *, mood: Mood = "answers", **fields: object) -> None:
        body = {"destination": destination, "reason": "asked for", "note": "in cash", **fields}
        self.ask("refund", body, mood=mood)

    def promise_balances(self) -> None:
        self.world.call(self.world.admin, "orders", "PUT", f"/api/orders/{self.order_id}", {"wallet_to_use": 40})

    def refund_what_is_large(self) -> None:
        """Ask for a refund where each is so large that another administrator has to approve it."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("APPROVAL_LIMIT", "0.01")
            config.cache_clear()
            self.refund("wallet")
        config.cache_clear()

    def another_decides(self, decision: str) -> None:
        sql = "select id::text from approvals where order_id = :id and status = 'PENDING'"
        for (approval_id,) in db.read.run(sql, id=UUID(self.order_id)):
            path = f"/api/admin/approvals/{approval_id}/{decision}"
            self.world.call(self.world.other_admin, "orders", "POST", path, {"reason": "no"} if decision == "reject" else {})

    def refund_each_payment(self) -> None:
        for payment_id in self.payments():
            self.refund("manual", payment_id=payment_id)

    def withdraw(self) -> None:
        for (refund_id,) in db.read.run("select id::text from refunds where order_id = :id", id=UUID(self.order_id)):
            self.ask(f"refunds/{refund_id}/withdraw")

    def arrives(self, share: str) -> None:
        """The payer pays a share of every unpaid invoice, and the gateway tells of it."""
        for invoice_id, invoice in self.world.gateway.invoices.items():
            if not invoice.paid:
                invoice.paid = (invoice.total * Decimal(share)).quantize(Decimal("0.01"))
                self.world.tell(invoice_id, "paid")

    def time_is_over(self) -> None:
        for payment_id in self.payments():
            payment_jobs._expire(UUID(payment_id))

    def refund_in_the_dashboard(self) -> None:
        """Somebody refunds half of what the gateway has, and it tells of it."""
        for invoice_id, invoice in self.world.gateway.invoices.items():
            if invoice.paid and self.world.gateway.left_of(invoice_id) > 1:
                self.world.gateway.submit(invoice_id, (invoice.paid / 2).quantize(Decimal("0.01")))
        self.gateway_decides("APPROVED")

    def gateway_decides(self, state: RefundState) -> None:
        self.world.gateway.decide(state)
        look_before(UUID(self.order_id), Deadline())


MOVES: dict[str, Callable[[Walker], object]] = {
    "issue": lambda one: one.ask("issue"),
    "open a payment": lambda one: one.ask("pay", by_owner=True),
    "open a payment with a part from the wallet": lambda one: one.ask("pay", {"wallet_to_use": 40}, by_owner=True),
    "all of it arrives": lambda one: one.arrives("1"),
    "half of it arrives": lambda one: one.arrives("0.5"),
    "the time to pay is over": Walker.time_is_over,
    "a part is paid by hand": lambda one: one.ask("pay-by-hand", {"amount": 30, "note": "in cash"}),
    "the rest is paid by hand": lambda one: one.ask("pay-by-hand", {"note": "in cash"}),
    "settle": lambda one: one.resolve("settle"),
    "reject": lambda one: one.resolve("reject"),
    "mark for refund": lambda one: one.resolve("refund"),
    "cancel the order": lambda one: one.ask("cancel"),
    "write off": lambda one: one.ask("write-off", {"reason": "gone"}),
    "confirm the booking": lambda one: one.move_booking("CONFIRMED"),
    "complete the booking": lambda one: one.move_booking("COMPLETED"),
    "nobody came": lambda one: one.move_booking("NO_SHOW"),
    "call the booking off, keep the money": lambda one: one.move_booking("CANCELLED", refund="none"),
    "promise a part of the wallet": Walker.promise_balances,
    "ask for a refund that is large": Walker.refund_what_is_large,
    "another administrator approves": lambda one: one.another_decides("approve"),
    "another administrator refuses": lambda one: one.another_decides("reject"),
    "refund a part by hand": lambda one: one.refund("manual", amount=5),
    "refund all by the gateway": lambda one: one.refund("gateway"),
    "refund by the gateway, which is silent": lambda one: one.refund("gateway", mood="is silent"),
    "the gateway approves": lambda one: one.gateway_decides("APPROVED"),
    "the gateway rejects": lambda one: one.gateway_decides("REJECTED"),
    "refund in the gateway's dashboard": Walker.refund_in_the_dashboard,
}
# What people do to come to an end. None of it needs the gateway to decide.
TO_THE_END: tuple[Callable[[Walker], object], ...] = (
    Walker.withdraw,
    lambda one: one.another_decides("reject"),
    lambda one: one.resolve("settle"),
    lambda one: one.resolve("refund"),
    lambda one: one.resolve("reject"),
    lambda one: one.move_booking("CANCELLED", refund="none"),
    Walker.refund_each_payment,
    lambda one: one.refund("manual"),
    lambda one: one.ask("cancel"),
    lambda one: one.ask("issue"),
    lambda one: one.ask("write-off", {"reason": "gone"}),
)


def told_by(state: str) -> set[str]:
    """What of a state is worth a name."""
    seen = json.loads(state)
    order, paid_as, *_ = seen["order"]
    told = {f"order {order} {paid_as}", f"booking {seen['booking']}"}
    for _, status, _, is_unapplied, _, reason in seen["payments"] or ():
        told |= {f"payment {status}", f"review {reason}", f"unapplied {is_unapplied}"}
    for status, origin, destination, _ in seen["refunds"] or ():
        told |= {f"refund {status}", f"refund from {origin}", f"refund to {destination}"}
    return (
        told | {f"held {how}" for how in seen["held"] or ()} | {f"approval {status}" for status in seen["approvals"] or ()}
    )
