"""Whatever people, the gateway and the clock do, in whatever order: sums are zero, nothing is lost, doubled or guessed."""

import os
from datetime import UTC, datetime
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from functions.jobs import cashback as cashback_jobs
from functions.jobs import payments as payment_jobs
from functions.jobs import refunds as refund_jobs
from functions.jobs.runs import Run
from lib import db, ledger
from lib.db import Transaction
from lib.fawaterk.refunds import RefundState
from lib.payments import gateway
from tests.properties.instant_gateway import InstantGateway, Mood
from tests.properties.world import Functions, World
from tests.support.balances import give
from tests.support.currencies import CURRENCIES, keep_balances_in
from tests.support.people import Person

# The same sequences each time, so that a red run is about the change; SEQUENCES=5000 looks for new ones.
SEQUENCES = int(os.environ.get("SEQUENCES", "200"))
STEPS = 20

# Five thousandths are a sum in KWD, and nowhere else.
cents = st.one_of(
    st.integers(-100, 60_000).map(lambda number: Decimal(number) / 100),
    st.sampled_from([Decimal("0.005"), Decimal("40.005")]),
)
prices = st.integers(0, 50_000).map(lambda number: Decimal(number) / 100)
points = st.integers(-1, 9_000)
moods: st.SearchStrategy[Mood] = st.sampled_from(["answers"] * 5 + ["refuses", "is silent", "does it and is silent"])
splits: st.SearchStrategy[dict[str, object]] = st.one_of(
    st.just({}),
    st.fixed_dictionaries({}, optional={"points_to_use": points, "cashback_to_use": cents, "wallet_to_use": cents}),
)
which = st.integers(0, 5)
who = st.sampled_from(["customer", "customer", "admin"])
ways = st.sampled_from(["wallet", "gateway", "gateway", "manual"])
maybe_amount = st.one_of(st.none(), cents)


class AnyOrder(RuleBasedStateMachine):
    """One customer's orders, bookings, payments, refunds and balances, moved about by anybody at any time."""

    database_url: ClassVar[str]
    functions: ClassVar[Functions]
    gateway: ClassVar[InstantGateway]

    def __init__(self) -> None:
        super().__init__()
        self.gateway.invoices.clear()
        self.gateway.refunds.clear()
        self.world = World(self.database_url, self.functions, self.gateway)

        self.there_are: dict[str, bool] = {}
        self.currency = "EGP"

    @initialize(
        currency=st.sampled_from(CURRENCIES),
        wallet=prices,
        cashback=prices,
        earned=st.integers(0, 9_000),
        first_price=prices,
        is_expiring=st.booleans(),
    )
    def the_customer_has_something(
        self, currency: str, wallet: Decimal, cashback: Decimal, earned: int, first_price: Decimal, *, is_expiring: bool
    ) -> None:
        self.currency = currency
        keep_balances_in(currency)
        give(self.world.customer.id, wallet=str(wallet), cashback=str(cashback), points=earned)
        if is_expiring:
            self.most_of_a_year_passes_over_the_points()
        self.a_purchase_goes_well(first_price + 10, "0")

    @invariant()
    def look_what_there_is(self) -> None:
        """So that no step is spent on what does not exist yet."""
        found = db.read.run(
            """
            select exists (select from orders where user_id = :id), exists (select from payments where user_id = :id),
                   exists (select from bookings where user_id = :id),
                   exists (select from cashback_records where user_id = :id),
                   exists (select from points_lots where user_id = :id),
                   exists (select from refunds where user_id = :id),
                   exists (select from cashback_withdrawals where user_id = :id)
            """,
            id=UUID(self.world.customer.id),
        )[0]
        tables = (
            *("orders", "payments", "bookings", "cashback_records", "points_lots", "refunds"),
            "cashback_withdrawals",
        )
        self.there_are = dict(zip(tables, found, strict=True))
        self.there_are["invoices"] = bool(self.gateway.invoices)

    def person(self, role: str) -> Person:
        return self.world.customer if role == "customer" else self.world.admin

    def one_of(self, table: str, number: int) -> str:
        """The id of one of this customer's rows, counted from the newest."""
        rows = db.read.run(
            f"select id::text from {table} where user_id = :id order by created_at desc, id",  # noqa: S608 - a test's own
            id=UUID(self.world.customer.id),
        )
        return str(rows[number % len(rows)][0])

    def invoice(self, number: int) -> str:
        known = [*reversed(self.gateway.invoices)]
        return known[number % len(known)]

    @rule(amount=cents, role=who, way=st.sampled_from(["deposit", "deposit", "deposit", "withdraw"]))
    def someone_moves_money_at_the_desk(self, amount: Decimal, role: str, way: str) -> None:
        path = f"/api/wallet/{way}?user_id={self.world.customer.id}"
        self.world.call(self.person(role), "loyalty", "POST", path, {"amount": amount})

    @rule(price=prices, promised=splits)
    def staff_make_an_order(self, price: Decimal, promised: dict[str, object]) -> None:
        body = {
            "user_id": self.world.customer.id,
            "currency": self.currency,
            "items": [{"description_en": "Tour", "quantity": 1, "unit_price": price}],
            **promised,
        }
        self.world.call(self.world.admin, "orders", "POST", "/api/orders", body)

    @rule(price=prices, role=who)
    def someone_makes_a_booking(self, price: Decimal, role: str) -> None:
        body = {
            "user_id": self.world.customer.id,
            "booking_type": "HOTEL",
            "start_date": "2047-05-01",
            "currency": self.currency,
            "title_en": "Aswan",
            "guest_count": 2,
            "items": [{"item_type": "ROOM", "description_en": "Room", "quantity": 2, "unit_price": price}],
        }
        self.world.call(self.person(role), "bookings", "POST", "/api/bookings", body)

    @rule(
        price=st.integers(1_000, 50_000).map(lambda number: Decimal(number) / 100), share=st.sampled_from(["0", "0", "0.3"])
    )
    def a_purchase_goes_well(self, price: Decimal, share: str) -> None:
        self.staff_make_an_order(price, {})
        path = f"/api/orders/{self.one_of('orders', 0)}/pay"
        split = {"wallet_to_use": (price * Decimal(share)).quantize(Decimal("0.01"))}
        self.world.call(self.world.customer, "orders", "POST", path, {"payment_method_id": 2, **split})
        if self.gateway.invoices:
            self.the_payer_pays_and_the_gateway_tells_twice(0)

    @precondition(lambda self: self.there_are["orders"])
    @rule(number=which, split=splits, method=st.sampled_from([2, 3]), mood=moods, role=who)
    def someone_pays(self, number: int, split: dict[str, object], method: int, mood: Mood, role: str) -> None:
        order_id = self.one_of("orders", number)
        body = {"payment_method_id": method, **split}
        self.world.call(self.person(role), "orders", "POST", f"/api/orders/{order_id}/pay", body, mood=mood)

    @precondition(lambda self: self.there_are["orders"])
    @rule(number=which, amount=maybe_amount, role=who)
    def someone_takes_cash(self, number: int, amount: Decimal | None, role: str) -> None:
        body = {"note": "in cash", **({} if amount is None else {"amount": amount})}
        path = f"/api/orders/{self.one_of('orders', number)}/pay-by-hand"
        self.world.call(self.person(role), "orders", "POST", path, body)

    @rule(price=prices, part=cents, is_credited=st.booleans())
    def a_purchase_in_cash_is_refunded(self, price: Decimal, part: Decimal, *, is_credited: bool) -> None:
        self.staff_make_an_order(price + 1, {})
        self.someone_takes_cash(0, None, "admin")
        if is_credited:
            self.the_refund_windows_close()
        self.someone_refunds(0, part, "wallet", "answers", "admin")

    @rule()
    def the_refund_windows_close(self) -> None:
        _close_windows(UUID(self.world.customer.id))
        cashback_jobs.credit_cashback()
        self.world.check()

    @precondition(lambda self: self.there_are["orders"])
    @rule(number=which, amount=cents)
    def the_customer_pays_from_the_wallet(self, number: int, amount: Decimal) -> None:
        order_id = self.one_of("orders", number)
        body = {"amount": amount, "reference_type": "ORDER", "reference_id": order_id}
        self.world.call(self.world.customer, "loyalty", "POST", "/api/wallet/me/pay", body)

    @rule(wanted=points, number=st.one_of(st.none(), which))
    def the_customer_redeems_points(self, wanted: int, number: int | None) -> None:
        order_id = self.one_of("orders", number) if number is not None and self.there_are["orders"] else None
        about = {"reference_type": "ORDER", "reference_id": order_id} if order_id else {}
        self.world.call(self.world.customer, "loyalty", "POST", "/api/points/me/redeem", {"points": wanted, **about})

    @rule(amount=cents)
    def the_customer_asks_for_cashback(self, amount: Decimal) -> None:
        self.world.call(self.world.customer, "loyalty", "POST", "/api/cashback/withdraw", {"amount": amount})

    @precondition(lambda self: self.there_are["cashback_withdrawals"])
    @rule(number=which, decision=st.sampled_from(["approve", "reject"]))
    def an_administrator_decides_about_a_withdrawal(self, number: int, decision: str) -> None:
        request_id = self.one_of("cashback_withdrawals", number)
        path = f"/api/cashback/admin/requests/{request_id}/{decision}"
        self.world.call(self.world.admin, "loyalty", "POST", path, {"reason": "asked for"})

    @rule(number=points, way=st.sampled_from(["add", "remove"]), role=who)
    def someone_changes_points_by_hand(self, number: int, way: str, role: str) -> None:
        path = f"/api/admin/points/{way}?user_id={self.world.customer.id}&points={number}"
        self.world.call(self.person(role), "loyalty", "POST", path)

    @rule(amount=cents, way=st.sampled_from(["add", "remove"]), role=who)
    def someone_changes_cashback_by_hand(self, amount: Decimal, way: str, role: str) -> None:
        path = f"/api/cashback/admin/{way}?user_id={self.world.customer.id}&amount={amount}"
        self.world.call(self.person(role), "loyalty", "POST", path)

    @precondition(lambda self: self.there_are["invoices"])
    @rule(number=which, share=st.sampled_from(["1", "1", "1", "0.5", "1.5"]))
    def the_payer_pays_at_the_gateway(self, number: int, share: str) -> None:
        invoice_id = self.invoice(number)
        invoice = self.gateway.invoices[invoice_id]
        if not invoice.paid:
            invoice.paid = (invoice.total * Decimal(share)).quantize(Decimal("0.01"))

    @precondition(lambda self: self.there_are["invoices"])
    @rule(number=which, status=st.sampled_from(["paid", "paid", "failed", "pending"]), mood=moods)
    def the_gateway_tells(self, number: int, status: str, mood: Mood = "answers") -> None:
        invoice_id = self.invoice(number)
        self.world.tell(invoice_id, status, mood)

    @precondition(lambda self: self.there_are["invoices"])
    @rule(number=which)
    def the_payer_pays_and_the_gateway_tells_twice(self, number: int) -> None:
        self.the_payer_pays_at_the_gateway(number, "1")
        self.the_gateway_tells(number, "paid")
        self.the_gateway_tells(number, "paid")

    @precondition(lambda self: self.there_are["payments"])
    @rule(number=which, mood=moods)
    def staff_ask_the_gateway(self, number: int, mood: Mood) -> None:
        payment_id = self.one_of("payments", number)
        path = f"/api/payments/{payment_id}/reconcile"
        self.world.call(self.world.admin, "payments_webhook", "POST", path, {}, mood=mood)

    @precondition(lambda self: self.there_are["payments"])
    @rule(number=which)
    def the_time_to_pay_is_over(self, number: int) -> None:
        payment_id = self.one_of("payments", number)
        payment_jobs._expire(UUID(payment_id))
        self.world.check()

    @precondition(lambda self: self.there_are["orders"])
    @rule(number=which)
    def staff_cancel(self, number: int) -> None:
        order_id = self.one_of("orders", number)
        self.world.call(self.world.admin, "orders", "POST", f"/api/orders/{order_id}/cancel", {})

    @precondition(lambda self: self.there_are["bookings"])
    @rule(number=which, status=st.sampled_from(["CONFIRMED", "CANCELLED", "CANCELLED", "COMPLETED", "NO_SHOW", "REFUNDED"]))
    def staff_move_a_booking(self, number: int, status: str) -> None:
        booking_id = self.one_of("bookings", number)
        path = f"/api/bookings/{booking_id}/status"
        self.world.call(self.world.admin, "bookings", "PATCH", path, {"status": status, "reason": "asked for"})

    @precondition(lambda self: self.there_are["orders"])
    @rule(number=which, amount=maybe_amount, destination=ways, mood=moods, role=who)
    def someone_refunds(self, number: int, amount: Decimal | None, destination: str, mood: Mood, role: str) -> None:
        order_id = self.one_of("orders", number)
        body = {"amount": amount, "reason": "asked for", "destination": destination, "note": "in cash"}
        # The look before a refund shall find nothing new, so that a refused one changes nothing.
        self.the_job_looks_at_refunds()
        self.world.call(self.person(role), "orders", "POST", f"/api/orders/{order_id}/refund", body, mood=mood)

    @precondition(lambda self: self.there_are["invoices"])
    @rule(number=which, share=st.sampled_from(["1", "0.5", "0.1"]))
    def somebody_refunds_in_the_gateways_dashboard(self, number: int, share: str) -> None:
        invoice_id = self.invoice(number)
        figure = (self.gateway.left_of(invoice_id) * Decimal(share)).quantize(Decimal("0.01"))
        if figure >= 1:
            self.gateway.submit(invoice_id, figure)

    @rule(state=st.sampled_from(["APPROVED", "APPROVED", "APPROVED", "REJECTED", "UNKNOWN"]))
    def the_gateway_decides_about_refunds(self, state: RefundState) -> None:
        self.gateway.decide(state)

    @rule()
    def the_job_looks_at_refunds(self) -> None:
        refund_jobs.follow_refunds(Run(), 5)
        self.world.check()

    @precondition(lambda self: self.there_are["refunds"])
    @rule(number=which, mood=moods)
    def an_administrator_withdraws_a_refund(self, number: int, mood: Mood) -> None:
        self.the_job_looks_at_refunds()
        refund_id = self.one_of("refunds", number)
        (order_id,) = db.read.run("select order_id::text from refunds where id = :id", id=UUID(refund_id))[0]
        path = f"/api/orders/{order_id}/refunds/{refund_id}/withdraw"
        self.world.call(self.world.admin, "orders", "POST", path, {}, mood=mood)

    @precondition(lambda self: self.there_are["payments"])
    @rule(number=which, action=st.sampled_from(["settle", "reject", "refund"]), amount=maybe_amount)
    def an_administrator_decides(self, number: int, action: str, amount: Decimal | None) -> None:
        payment_id = self.one_of("payments", number)
        body = {"action": action, "note": "looked at it", **({} if amount is None else {"amount": amount})}
        self.the_job_looks_at_refunds()
        path = f"/api/payments/{payment_id}/resolve"
        self.world.call(self.world.admin, "payments_webhook", "POST", path, body)

    @precondition(lambda self: self.there_are["cashback_records"])
    @rule(number=which, move=st.sampled_from(["approve", "approve", "credit", "credit", "reject"]), role=who)
    def someone_decides_about_cashback(self, number: int, move: str, role: str) -> None:
        record_id = self.one_of("cashback_records", number)
        path = f"/api/cashback/{record_id}/{move}"
        self.world.call(self.person(role), "loyalty", "POST", path, {"reason": "no"} if move == "reject" else {})

    @precondition(lambda self: self.there_are["points_lots"])
    @rule()
    def a_year_passes_over_the_points(self) -> None:
        _age_points(UUID(self.world.customer.id))
        self.world.check()

    @precondition(lambda self: self.there_are["points_lots"])
    @rule(wanted=st.integers(100, 3_000), part=cents, end=st.sampled_from(["cancelled", "refunded"]))
    def points_are_used_and_come_back(self, wanted: int, part: Decimal, end: str) -> None:
        self.staff_make_an_order(Decimal(40), {"points_to_use": wanted} if end == "cancelled" else {})
        order_id = self.one_of("orders", 0)
        if end == "cancelled":
            self.staff_cancel(0)
            return
        about = {"reference_type": "ORDER", "reference_id": order_id}
        self.world.call(self.world.customer, "loyalty", "POST", "/api/points/me/redeem", {"points": wanted, **about})
        for amount in (part, None):
            body = {"amount": amount, "reason": "asked for", "destination": "wallet"}
            self.world.call(self.world.admin, "orders", "POST", f"/api/orders/{order_id}/refund", body)

    @precondition(lambda self: self.there_are["points_lots"])
    @rule()
    def most_of_a_year_passes_over_the_points(self) -> None:
        """Their time grows short, and those that expire first still do."""
        self.world.shortened_at = _shorten(UUID(self.world.customer.id))
        self.world.check()

    @precondition(lambda self: self.there_are["orders"])
    @rule(number=which, price=prices)
    def staff_change_a_draft(self, number: int, price: Decimal) -> None:
        order_id = self.one_of("orders", number)
        body = {"items": [{"description_en": "Tour", "quantity": 1, "unit_price": price}]}
        held = self.held_of(order_id)
        told = self.world.call(self.world.admin, "orders", "PUT", f"/api/orders/{order_id}", body)
        if told.status == 200:
            after = told.json
            assert (after["points_released"] + after["points_held"], after["amount_released"] + after["amount_held"]) == held

    def held_of(self, order_id: str) -> tuple[int, Decimal]:
        """What an order holds."""
        order = self.world.call(self.world.admin, "orders", "GET", f"/api/orders/{order_id}").json
        return order["points_held"], order["amount_held"]

    def teardown(self) -> None:
        """At the end all news comes, twice: each payment at the gateway is a payment here, or a person is told of it."""
        for invoice_id, invoice in [*self.gateway.invoices.items()] * 2:
            if invoice.paid:
                self.world.tell(invoice_id, "paid")
        for invoice_id, invoice in self.gateway.invoices.items():
            rows = db.read.run(
                """
                select status, review_reason is not null from payments
                where gateway_invoice_id = :id
                """,
                id=invoice_id,
            )
            if invoice.paid:
                assert [row for row in rows if row[1] or row[0] in ("PAID", "PARTIALLY_REFUNDED", "REFUNDED")], invoice
        self.gateway.decide("APPROVED")
        self.the_job_looks_at_refunds()
        self.world.check_refunds()
        self.world.verify()
        keep_balances_in("EGP")
        super().teardown()


@db.in_transaction
def _close_windows(tx: Transaction, user_id: UUID) -> None:
    tx.run("update pending_points set credit_due_at = now() where user_id = :id and status = 'PENDING'", id=user_id)
    tx.run("update cashback_records set credit_due_at = now() where user_id = :id", id=user_id)


# The lot that expires first still does afterwards: verifying looks at which were taken first.
_MOVE_EXPIRY = """
    update points_lots l set expires_at = :begins::timestamptz + place * interval '1 hour'
    from (select id, row_number() over (order by expires_at, id) as place from points_lots
          where user_id = :id and expires_at > :after::timestamptz) places
    where l.id = places.id
    """


@db.in_transaction
def _age_points(tx: Transaction, user_id: UUID) -> None:
    past = datetime(2000, 1, 1, tzinfo=UTC)
    tx.run(_MOVE_EXPIRY, id=user_id, begins=past, after=datetime(1999, 1, 1, tzinfo=UTC))
    ledger.expire_points(tx, ledger.lock_wallet(tx, user_id))


@db.in_transaction
def _shorten(tx: Transaction, user_id: UUID) -> datetime:
    """Let the customer's points expire soon; the time of it."""
    now = tx.value(datetime, "select clock_timestamp()")
    tx.run(_MOVE_EXPIRY, id=user_id, begins=now, after=now)
    return now


@pytest.fixture
def machine(database: str, monkeypatch: pytest.MonkeyPatch) -> type[AnyOrder]:
    double = InstantGateway()

    def client() -> InstantGateway:
        assert not db.transaction_is_open(), "the gateway is called while a transaction is open"
        return double

    monkeypatch.setattr(gateway, "client", client)
    monkeypatch.setattr(gateway, "_methods", (0.0, []))
    AnyOrder.database_url, AnyOrder.functions, AnyOrder.gateway = database, Functions(), double
    return AnyOrder


@pytest.mark.timeout(3600)
def test_nothing_is_lost_doubled_or_guessed(machine: type[AnyOrder]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            derandomize="SEQUENCES" not in os.environ,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            print_blob=True,
        ),
    )
