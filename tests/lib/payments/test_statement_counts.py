"""What settling a payment costs in statements, so that it stays so.

A statement whose answer is waited for is a trip to the database, and so is the commit; begin and what nobody waits for go
with what comes next.
"""

import json
import uuid
from collections.abc import Callable
from uuid import UUID

import pytest
from pg8000.core import Context

from lib.db.session import Session
from lib.fawaterk.events import read_event
from lib.gateway_events.processing import process, store
from lib.gateway_events.reconciling import reconcile
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder
from lib.outcomes import Outcome
from lib.payments.locks import LockedPayment
from tests.properties.instant_gateway import InstantGateway
from tests.support.scenes import ALL_THREE, a_booked_order, a_customer, an_attempt, an_order, disagreements_of, payment_now

News = Callable[[LockedPayment], Outcome]
Settle = Callable[[LockedPayment, News], "Counting"]


class Counting:
    """The statements of each transaction that was committed, in their order, without its begin and commit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.transactions: list[list[str]] = []
        self.trips: list[int] = []
        self._open: list[str] | None = None
        self._made = 0
        write, command, read = Session._write, Session.command, Session._read

        def counted_write(session: Session, sql: str, values: dict[str, object]) -> None:
            if self._open is not None:
                self._open.append(" ".join(sql.split()))
            write(session, sql, values)

        def counted_command(session: Session, sql: str) -> None:
            command(session, sql)
            if sql == "commit" and self._open is not None:
                self.transactions.append(self._open)
                self.trips.append(self._made)
            self._open, self._made = [] if sql == "begin" else None, 0

        def counted_read(session: Session) -> Context:
            self._made += 1
            return read(session)

        monkeypatch.setattr(Session, "_write", counted_write)
        monkeypatch.setattr(Session, "command", counted_command)
        monkeypatch.setattr(Session, "_read", counted_read)

    @property
    def settling(self) -> list[str]:
        """The one transaction that posted something."""
        return self.transactions[self._settling]

    @property
    def trips_of_settling(self) -> int:
        """How often that transaction waited for the database."""
        return self.trips[self._settling]

    @property
    def _settling(self) -> int:
        (settling,) = [
            number for number, sent in enumerate(self.transactions) if any("post_transactions" in sql for sql in sent)
        ]
        return settling


def by_webhook(payment: LockedPayment) -> Outcome:
    """The gateway's webhook says that it is paid."""
    body = {"invoice_id": payment.gateway_invoice_id, "invoice_status": "paid", "nonce": str(uuid.uuid4())}
    event = read_event(json.dumps(body).encode(), "application/json")
    return process(event, store(event))


def by_reconciling(payment: LockedPayment) -> Outcome:
    """A look at the gateway shows that it is paid."""
    return reconcile(payment.id)


@pytest.fixture
def customer(database: str) -> UUID:
    assert database
    return a_customer(wallet="100", cashback="20", points=4000)


@pytest.fixture
def settle(gateway: InstantGateway, monkeypatch: pytest.MonkeyPatch) -> Settle:
    """Let the news of its money settle a payment; what that cost."""

    def settled(payment: LockedPayment, news: News) -> Counting:
        gateway.know(str(payment.gateway_invoice_id), payment.amount, payment.currency)
        with monkeypatch.context() as patched:
            counting = Counting(patched)
            assert news(payment).status == "processed"
        assert payment_now(payment.id).status == "PAID"
        return counting

    return settled


def locks_of_wallets(sent: list[str]) -> list[str]:
    return [sql for sql in sent if "from wallets" in sql and "for update" in sql]


def postings(sent: list[str]) -> list[str]:
    return [sql for sql in sent if "post_transaction" in sql or "insert into ledger" in sql]


# By the webhook the outcome is written beside the event too; a booking is confirmed with its order.
@pytest.mark.parametrize(
    ("order_of", "news", "with_money", "with_every_balance"),
    [
        (an_order, by_webhook, 10, 11),
        (an_order, by_reconciling, 9, 10),
        (a_booked_order, by_webhook, 11, 12),
        (a_booked_order, by_reconciling, 10, 11),
    ],
)
def test_settling_takes_few_statements_locks_the_wallet_once_and_posts_all_at_once(
    customer: UUID,
    settle: Settle,
    order_of: Callable[[UUID], LockedOrder],
    news: News,
    with_money: int,
    with_every_balance: int,
) -> None:
    for split, most in ((ALL_THREE, with_every_balance), (Split(), with_money)):
        sent = settle(an_attempt(order_of(customer), split), news).settling
        assert len(sent) <= most, sent
        assert len(locks_of_wallets(sent)) == 1, sent
        assert len(postings(sent)) == 1, sent
    assert disagreements_of(customer) == []


@pytest.mark.parametrize("news", [by_webhook, by_reconciling])
def test_settling_an_order_is_eight_trips_with_the_commit(customer: UUID, settle: Settle, news: News) -> None:
    settle(an_attempt(an_order(customer)), news)
    assert settle(an_attempt(an_order(customer)), news).trips_of_settling == 8


def test_news_of_a_settled_payment_costs_no_lock_of_the_wallet(
    customer: UUID, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment = an_attempt(an_order(customer))
    settle(payment, by_reconciling)
    counting = Counting(monkeypatch)
    assert by_reconciling(payment).status == "already_processed"
    assert by_webhook(payment).status == "already_processed"
    assert counting.transactions
    assert not [sql for sent in counting.transactions for sql in locks_of_wallets(sent) + postings(sent)]
