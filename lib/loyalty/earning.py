"""What a paid order earns: points, and a cashback record that is credited after the refund window has closed.

Points can be used at once, unless something of the order was paid by hand, or with a balance to which staff have just
added: then they wait for the window too.
"""

from decimal import ROUND_FLOOR, Decimal

from lib import ledger, logs
from lib.config import config
from lib.db import Transaction
from lib.ledger import POINTS, Posting
from lib.loyalty import pending, records
from lib.loyalty.records import NewCashback
from lib.loyalty.tiers import EarningTerms, store_terms
from lib.money import DECIMALS, rounded
from lib.orders.locks import LockedOrder

log = logs.get(__name__)

# The largest values of a lot of points and of a cashback record. A very high rate must not keep an order from being settled.
_MOST_POINTS = Decimal(2_147_483_647)
_LARGEST_TOTAL = Decimal(99_999_999_999)


def earn(tx: Transaction, order: LockedOrder, wallet: ledger.Wallet) -> list[ledger.Transaction]:
    """Insert the cashback that a PAID order earns, once, and return the transactions of its points, which the caller posts.

    An order earns nothing if nothing was sold by it, if its currency has no exchange rate, or if no tier applies.
    """
    if order.is_on_account:
        return []
    terms = store_terms(tx, order, wallet)
    total = None if terms is None else total_to_earn_on(order, terms, config().loyalty.currency)
    if terms is None or total is None:
        log.warning("an order earns nothing", order=order.order_number, currency=order.currency, has_tier=terms is not None)
        return []
    if total > _LARGEST_TOTAL:
        log.error("an order comes to more than can be earned on", order=order.order_number, currency=order.currency)
        total = _LARGEST_TOTAL
    _earn_cashback(tx, order, total, terms)
    return [_earned_points(tx, order, total, terms)]


def total_to_earn_on(order: LockedOrder, terms: EarningTerms, balance_currency: str) -> Decimal | None:
    """What was paid of an order in the currency of balances; None if there is no exchange rate for its currency.

    That is its total, but for what was written off.
    """
    if order.currency == balance_currency:
        return order.amount_paid
    return None if terms.exchange_rate is None else order.amount_paid * terms.exchange_rate


def points_of(total: Decimal, *, multiplier: Decimal, points_per_unit: Decimal) -> int:
    """The points that a total in the currency of balances earns, rounded down, at most what a lot can hold."""
    exact = total * points_per_unit * multiplier
    return int(min(exact.to_integral_value(ROUND_FLOOR), _MOST_POINTS))


def _earned_points(tx: Transaction, order: LockedOrder, total: Decimal, terms: EarningTerms) -> ledger.Transaction:
    points = points_of(total, multiplier=terms.multiplier, points_per_unit=config().loyalty.points_per_unit)
    waits = terms.points_wait and points > 0
    if waits:
        pending.insert(tx, order, points, terms.multiplier)
    return ledger.Transaction(
        key=f"order:{order.id}:earn-points",
        kind="EARN_POINTS",
        postings=[Posting("POINTS_ISSUED", "POINTS_PENDING" if waits else "POINTS", Decimal(points), POINTS)],
        description=ledger.Description(f"Earned with {order.order_number}", f"نقاط مكتسبة من {order.order_number}"),
        reference=order.reference,
        order_id=order.id,
        multiplier=terms.multiplier,
        lots=ledger.OpenLot(points, order.id) if points > 0 and not waits else None,
    )


def _earn_cashback(tx: Transaction, order: LockedOrder, total: Decimal, terms: EarningTerms) -> None:
    loyalty = config().loyalty
    smallest = Decimal(1).scaleb(-DECIMALS[loyalty.currency])
    # What is less than the smallest unit is not rounded up to it.
    if total * terms.cashback_rate / 100 < smallest:
        return
    total = rounded(total, loyalty.currency)
    amount = rounded(total * terms.cashback_rate / 100, loyalty.currency)
    records.insert(
        tx,
        order,
        NewCashback(
            total=total,
            rate=terms.cashback_rate,
            amount=amount,
            currency=loyalty.currency,
            due_in_days=loyalty.refund_window_days,
        ),
    )
