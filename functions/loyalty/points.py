"""Points: what a customer has, what moved them, and redeeming them."""

import uuid
from decimal import Decimal
from uuid import UUID

from functions.loyalty.checks import lock_own_payable
from functions.loyalty.schemas import Redemption
from lib import db
from lib.config import config
from lib.db import Transaction
from lib.errors import InsufficientBalance, Invalid
from lib.ledger import lots
from lib.ledger.posting import POINTS, Move, Posting, Words, post
from lib.loyalty.tiers import EARNED_OF_LATE, TIER
from lib.payments.balances import Wanted, pay_from_balances, split_of
from lib.payments.holds import worth
from lib.web import Answer, Call, PageQuery, read_page

_TYPE = """
    case t.kind when 'EARN_POINTS' then 'EARNED' when 'HOLD' then 'REDEEMED' when 'REDEEM_POINTS' then 'REDEEMED'
                when 'EXPIRE_POINTS' then 'EXPIRED' else 'ADJUSTED' end
"""


def my_points(user_id: UUID) -> bytes | None:
    """The caller's points. What has expired is not counted, whether a job has taken it off yet or not."""
    return db.read_json(
        f"""
        with account as (
            select kind, balance::bigint as balance from ledger_accounts where user_id = :user_id and currency = '{POINTS}'
        ), overdue as (
            select coalesce(sum(points_left), 0) as points from points_lots
            where user_id = :user_id and points_left > 0 and expires_at <= now()
        ), sums as (
            select coalesce(sum(balance) filter (where kind = 'POINTS'), 0) - (select points from overdue) as free,
                   coalesce(-sum(balance) filter (where kind = 'POINTS_ISSUED'), 0) as earned,
                   coalesce(sum(balance) filter (where kind = 'POINTS_REDEEMED'), 0) as redeemed,
                   coalesce(sum(balance) filter (where kind = 'POINTS_EXPIRED'), 0) + (select points from overdue) as expired
            from account
        )
        select json_build_object(
            'id', w.id, 'user_id', w.user_id, 'balance', s.free, 'current_balance', s.free, 'total_earned', s.earned,
            'total_redeemed', s.redeemed, 'total_expired', s.expired, 'tier', (select code from ({TIER}) tier),
            'tier_points', greatest(0, ({EARNED_OF_LATE})),
            'expiring_next', (
                select json_build_object('points', sum(points_left), 'expires_at', expires_at) from points_lots
                where user_id = :user_id and points_left > 0 and expires_at > now()
                group by expires_at order by expires_at limit 1))::text
        from wallets w cross join sums s where w.user_id = :user_id
        """,  # noqa: S608 - constants
        user_id=user_id,
    )


def my_transactions(call: Call, query: PageQuery) -> Answer:
    """What moved the caller's points, newest first."""
    page = read_page(
        f"""
        select json_build_object(
            'id', t.id, 'transaction_type', {_TYPE}, 'points', e.amount::bigint,
            'balance_before', (e.balance_after - e.amount)::bigint, 'balance_after', e.balance_after::bigint,
            'reference_type', t.reference_type, 'reference_id', t.reference_id, 'description_en', t.description_en,
            'description_ar', t.description_ar, 'multiplier_applied', trim_scale(t.multiplier),
            'expires_at', (select expires_at from points_lots where transaction_id = t.id),
            'created_at', e.created_at) as item, e.created_at as sort_at, e.id
        from (
            select * from ledger_entries
            where account_id = (select id from ledger_accounts where user_id = :user_id and kind = 'POINTS')
              and (created_at, id) < (:after_at::timestamptz, :after_id::uuid)
            order by created_at desc, id desc limit :limit::integer + 1) e
        join ledger_transactions t on t.id = e.transaction_id
        """,  # noqa: S608 - constants
        query,
        user_id=call.caller.user_id,
    )
    return Answer(page.body, headers=page.link(call.request, config().app_base_url))


@db.in_transaction
def redeem(tx: Transaction, user_id: UUID, request: Redemption) -> bytes:
    """Redeem points off an order, as far as it has room for them, or into the wallet.

    Raises InsufficientBalance, Invalid for points that are worth nothing, and what paying an order raises.
    """
    if request.reference_type is None or request.reference_id is None:
        return _into_wallet(tx, user_id, request.points)
    order = lock_own_payable(tx, user_id, request.reference_type, request.reference_id)
    split = split_of(tx, order, Wanted(points=request.points))
    if split.points == 0:
        raise _worthless(request.points)
    payment_id = pay_from_balances(tx, order, split)
    transaction_id = tx.value(
        "select t.id from holds h join ledger_transactions t on t.key = 'hold:' || h.id || ':hold' where h.payment_id = :id",
        id=payment_id,
    )
    return _answer(tx, user_id, UUID(str(transaction_id)), split.points, split.points_value)


def _into_wallet(tx: Transaction, user_id: UUID, points: int) -> bytes:
    amount = worth(points)
    if amount == 0:
        raise _worthless(points)
    if (available := lots.available(tx, user_id)) < points:
        raise InsufficientBalance("points", Decimal(available))
    posted = post(
        tx,
        Posting(
            # The cause is this request; its Idempotency-Key sees to it that the same one comes here once.
            key=f"redeem:{uuid.uuid4()}",
            kind="REDEEM_POINTS",
            user_id=user_id,
            moves=[
                Move("POINTS", "POINTS_REDEEMED", Decimal(points), POINTS),
                Move("REDEMPTIONS", "WALLET", amount, config().loyalty.currency),
            ],
            words=Words(f"{points} points redeemed", f"استبدال {points} نقطة"),
        ),
    )
    if posted is None:
        raise LookupError("a new key was posted before")
    lots.take(tx, user_id, posted, points)
    return _answer(tx, user_id, posted, points, amount)


def _worthless(points: int) -> Invalid:
    return Invalid.field(
        ["body", "points"], f"{points} points pay nothing here: one is worth {config().loyalty.point_value}"
    )


def _answer(tx: Transaction, user_id: UUID, transaction_id: UUID, points: int, amount: Decimal) -> bytes:
    return tx.json(
        """
        select json_build_object(
            'status', 'COMPLETED', 'transaction_id', :id::uuid, 'points_redeemed', :points::integer,
            'amount', money(:amount::numeric, :currency), 'new_balance', balance::bigint, 'currency', :currency)::text
        from ledger_accounts where user_id = :user_id and kind = 'POINTS'
        """,
        id=transaction_id,
        points=points,
        amount=amount,
        currency=config().loyalty.currency,
        user_id=user_id,
    )
