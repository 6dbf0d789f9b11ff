"""What a paid order earns: points at once, cashback as a record that waits for its refund window to close."""

from decimal import ROUND_FLOOR, Decimal

from lib import logs
from lib.config import config
from lib.db import Transaction
from lib.ledger import lots
from lib.ledger.posting import POINTS, Move, Posting, Words, balance, lock_wallet, post
from lib.loyalty.tiers import Tier, tier_of
from lib.money import rounded
from lib.payments.locks import LockedOrder

log = logs.get(__name__)

# What a lot of points and a cashback record can hold. An order is settled whatever a rate makes of it.
_MOST_POINTS = Decimal(2_147_483_647)
_LARGEST_TOTAL = Decimal(99_999_999_999)


def earn(tx: Transaction, order: LockedOrder) -> None:
    """Give a customer what their order earns, once; an order in a currency without a rate earns nothing."""
    lock_wallet(tx, order.user_id)
    total = _in_balance_currency(tx, order)
    tier = tier_of(tx, order.user_id)
    if total is None or tier is None:
        log.warning("an order earns nothing", order=order.order_number, currency=order.currency, has_tier=tier is not None)
        return
    if total > _LARGEST_TOTAL:
        log.error("an order comes to more than can be earned on", order=order.order_number, currency=order.currency)
        total = _LARGEST_TOTAL
    _earn_points(tx, order, total, tier)
    _earn_cashback(tx, order, rounded(total, config().loyalty.currency), tier)


def _in_balance_currency(tx: Transaction, order: LockedOrder) -> Decimal | None:
    if order.currency == config().loyalty.currency:
        return order.total_amount
    row = tx.row("select rate from exchange_rates where currency = :currency", currency=order.currency)
    return order.total_amount * Decimal(row[0]) if row else None


def _earn_points(tx: Transaction, order: LockedOrder, total: Decimal, tier: Tier) -> None:
    exact = total * config().loyalty.points_per_unit * tier.multiplier
    points = min(exact.to_integral_value(ROUND_FLOOR), _MOST_POINTS)
    # What was taken back after it had been spent is paid first.
    debt = min(points, -balance(tx, order.user_id, "POINTS_DEBT", POINTS))
    posted = post(
        tx,
        Posting(
            key=f"order:{order.id}:earn-points",
            kind="EARN_POINTS",
            user_id=order.user_id,
            moves=[
                Move("POINTS_ISSUED", "POINTS_DEBT", debt, POINTS),
                Move("POINTS_ISSUED", "POINTS", points - debt, POINTS),
            ],
            words=Words(f"Earned with {order.order_number}", f"نقاط مكتسبة من {order.order_number}"),
            reference=order.reference,
            order_id=order.id,
            multiplier=tier.multiplier,
        ),
    )
    if posted is not None and points > debt:
        lots.open_lot(tx, order.user_id, posted, int(points - debt), order.id)


def _earn_cashback(tx: Transaction, order: LockedOrder, total: Decimal, tier: Tier) -> None:
    loyalty = config().loyalty
    amount = rounded(total * tier.cashback_rate / 100, loyalty.currency)
    if amount == 0:
        return
    reference_type, reference_id = order.reference
    tx.run(
        """
        insert into cashback_records (user_id, order_id, reference_type, reference_id, booking_amount, cashback_rate,
                                      cashback_amount, currency, credit_due_at, description)
        values (:user_id, :order_id, :reference_type, :reference_id, :total, :rate, :amount, :currency,
                now() + make_interval(days => :days::integer), :description)
        on conflict (order_id) do nothing
        """,
        user_id=order.user_id,
        order_id=order.id,
        reference_type=reference_type,
        reference_id=reference_id,
        total=total,
        rate=tier.cashback_rate,
        amount=amount,
        currency=loyalty.currency,
        days=loyalty.refund_window_days,
        description=f"{tier.cashback_rate}% of {order.order_number}",
    )
