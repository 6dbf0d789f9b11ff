"""Reads wallets, points, cashback, tiers and exchange rates for responses."""

from collections.abc import Callable
from uuid import UUID

from functions.loyalty.schemas import WaitingQuery
from lib import db
from lib.approvals import Waiting
from lib.approvals.schemas import told
from lib.config import config
from lib.security.callers import Caller
from lib.web import Call, Listing, PageQuery, Response, accepted, read_page

# The account is given by its id, so that PostgreSQL can read its entries in the order of their index.
_WALLET_TRANSACTIONS = Listing(
    "wallet_transaction_documents",
    always="""
        account_id = (select id from ledger_accounts where user_id = :user_id and kind = 'WALLET' and currency = :currency)
        """,
)
_POINTS_TRANSACTIONS = Listing(
    "points_transaction_documents",
    always="account_id = (select id from ledger_accounts where user_id = :user_id and kind = 'POINTS')",
)
_CASHBACK = tuple(
    Listing(view, always="user_id = :user_id")
    for view in ("cashback_documents", "cashback_movement_documents", "cashback_withdrawal_documents")
)
_WAITING_CASHBACK = Listing(
    "cashback_documents_for_staff",
    {"status": "status = :status", "user_id": "user_id = :user_id"},
    always="status in ('PENDING', 'APPROVED')",
)


def wallet(caller: Caller) -> bytes:
    """The caller's wallet."""
    return db.read.json(
        """
        select json_build_object(
            'id', w.id, 'user_id', w.user_id, 'balance', money(coalesce(a.balance, 0), :currency), 'currency', :currency,
            'is_active', true, 'created_at', w.created_at, 'updated_at', coalesce(a.updated_at, w.created_at))::text
        from wallets w
        left join ledger_accounts a on a.user_id = w.user_id and a.kind = 'WALLET' and a.currency = :currency
        where w.user_id = :user_id
        """,
        user_id=caller.user_id,
        currency=config().loyalty.currency,
    )


def wallet_balance(caller: Caller) -> bytes:
    """The free balance of the caller's wallet."""
    return db.read.json(
        """
        select json_build_object('balance', money(coalesce(max(balance), 0), :currency), 'currency', :currency)::text
        from ledger_accounts where user_id = :user_id and kind = 'WALLET' and currency = :currency
        """,
        user_id=caller.user_id,
        currency=config().loyalty.currency,
    )


def wallet_transactions(call: Call, query: PageQuery) -> Response:
    """The transactions of the caller's wallet, newest first."""
    currency = config().loyalty.currency
    return read_page(query, _WALLET_TRANSACTIONS, user_id=call.caller.user_id, currency=currency).response(call)


def done_or_waiting(outcome: UUID | Waiting, read: Callable[[UUID], bytes]) -> bytes | Response:
    """What staff added, as `read` reads it, or that it waits for another administrator."""
    return accepted(told(outcome)) if isinstance(outcome, Waiting) else read(outcome)


def wallet_moved(transaction_id: UUID) -> bytes:
    """A deposit or withdrawal by staff, by its ledger transaction."""
    return db.read.json(
        """
        select json_build_object(
            'status', 'COMPLETED', 'transaction_id', e.transaction_id, 'amount', money(abs(e.amount), a.currency),
            'new_balance', money(e.balance_after, a.currency), 'currency', a.currency)::text
        from ledger_entries e join ledger_accounts a on a.id = e.account_id
        where e.transaction_id = :id and a.kind = 'WALLET'
        """,
        id=transaction_id,
    )


def paid_from_wallet(payment_id: UUID) -> bytes:
    """A payment from the wallet, and the status of its order now."""
    return db.read.json(
        """
        select json_build_object(
            'status', 'COMPLETED', 'transaction_id', t.id, 'amount', money(h.amount, o.currency),
            'new_balance', money(a.balance, a.currency), 'currency', a.currency, 'payment_id', h.payment_id,
            'order_id', o.id, 'order_status', o.status, 'payment_status', o.payment_status)::text
        from holds h
        join ledger_transactions t on t.key = 'hold:' || h.id || ':hold'
        join orders o on o.id = h.order_id
        join ledger_accounts a on a.user_id = h.user_id and a.kind = 'WALLET' and a.currency = o.currency
        where h.payment_id = :payment_id
        """,
        payment_id=payment_id,
    )


def points_account(caller: Caller) -> bytes:
    """The caller's points and tier. Points that have expired are not counted, even if no job has posted that yet."""
    return db.read.json(
        """
        select json_build_object(
            'id', w.id, 'user_id', w.user_id, 'balance', s.free, 'current_balance', s.free, 'held', s.held, 'debt', s.debt,
            'pending', coalesce((select balance from ledger_accounts
                                 where user_id = :user_id and kind = 'POINTS_PENDING'), 0)::bigint,
            'total_earned', s.earned, 'total_redeemed', s.redeemed, 'total_expired', s.expired,
            'total_adjusted', s.adjusted, 'tier', c.code, 'tier_points', c.tier_points,
            'expiring_next', (
                select json_build_object('points', sum(points_left), 'expires_at', expires_at) from points_lots
                where user_id = :user_id and points_left > 0 and expires_at > now()
                group by expires_at order by expires_at limit 1))::text
        from wallets w join customer_tiers c on c.user_id = w.user_id cross join points_totals(:user_id) s
        where w.user_id = :user_id
        """,
        user_id=caller.user_id,
    )


def points_transactions(call: Call, query: PageQuery) -> Response:
    """The transactions of the caller's points, newest first."""
    return read_page(query, _POINTS_TRANSACTIONS, user_id=call.caller.user_id).response(call)


def points_redeemed(transaction_id: UUID) -> bytes:
    """Points that were redeemed into the wallet or for an order, by their ledger transaction."""
    return db.read.json(
        """
        select json_build_object(
            'status', 'COMPLETED', 'transaction_id', t.id, 'points_redeemed', (-e.amount)::integer,
            'amount', money(coalesce(h.amount, w.amount), :currency), 'new_balance', a.balance::bigint,
            'currency', :currency)::text
        from ledger_transactions t
        join ledger_accounts a on a.user_id = t.user_id and a.kind = 'POINTS'
        join ledger_entries e on e.transaction_id = t.id and e.account_id = a.id
        left join holds h on h.order_id = t.order_id and t.key = 'hold:' || h.id || ':hold'
        left join (ledger_entries w join ledger_accounts wa on wa.id = w.account_id and wa.kind = 'WALLET')
            on w.transaction_id = t.id
        where t.id = :id
        """,
        id=transaction_id,
        currency=config().loyalty.currency,
    )


def cashback_records(call: Call, query: PageQuery) -> Response:
    """The caller's cashback: what orders earned, what staff added and removed, what was withdrawn, newest first."""
    return read_page(query, *_CASHBACK, user_id=call.caller.user_id).response(call)


def cashback_balance(caller: Caller) -> bytes:
    """The cashback that the caller can use, and the total with what is held."""
    return db.read.json(
        """
        select json_build_object(
            'user_id', :user_id::uuid, 'total', money(available + held, :currency),
            'available', money(available, :currency), 'held', money(held, :currency), 'debt', money(debt, :currency),
            'currency', :currency)::text
        from cashback_totals(:user_id::uuid, :currency), held_and_owed_cashback(:user_id::uuid, :currency)
        """,
        user_id=caller.user_id,
        currency=config().loyalty.currency,
    )


def cashback_summary(caller: Caller) -> bytes:
    """The caller's cashback by its status."""
    return db.read.json(
        """
        select json_build_object(
            'pending', money(pending, :currency), 'approved', money(approved, :currency),
            'credited', money(credited, :currency), 'total', money(pending + approved + credited, :currency),
            'available', money(available, :currency), 'held', money(held, :currency), 'debt', money(debt, :currency),
            'currency', :currency)::text
        from cashback_totals(:user_id::uuid, :currency), held_and_owed_cashback(:user_id::uuid, :currency)
        """,
        user_id=caller.user_id,
        currency=config().loyalty.currency,
    )


def withdrawal_requested(request_id: UUID) -> bytes:
    """A withdrawal that waits, and the cashback that is still free."""
    return db.read.json(
        """
        select json_build_object(
            'status', 'pending_approval', 'amount', money(w.amount, w.currency), 'currency', w.currency,
            'request_id', w.id, 'club_gift_transaction_id', w.id,
            'remaining_available', money(a.balance, w.currency))::text
        from cashback_withdrawals w
        join ledger_accounts a on a.user_id = w.user_id and a.kind = 'CASHBACK' and a.currency = w.currency
        where w.id = :id
        """,
        id=request_id,
    )


def withdrawal_approved(transaction_id: UUID) -> bytes:
    """A withdrawal that went into the wallet, by its ledger transaction."""
    return db.read.json(
        """
        select json_build_object('status', 'approved', 'wallet_transaction_id', e.transaction_id,
                                 'new_balance', money(e.balance_after, a.currency))::text
        from ledger_entries e join ledger_accounts a on a.id = e.account_id and a.kind = 'WALLET'
        where e.transaction_id = :id
        """,
        id=transaction_id,
    )


def points_changed(transaction_id: UUID) -> bytes:
    """Points that staff added or removed, by their ledger transaction."""
    return db.read.json(
        """
        select json_build_object(
            'status', 'success', 'transaction_id', m.transaction_id, 'new_balance', a.balance::bigint,
            'message', trim_scale(m.amount) || case m.kind when 'ADD_POINTS' then ' points added' else ' points removed' end
            )::text
        from desk_movements m join ledger_accounts a on a.user_id = m.user_id and a.kind = 'POINTS'
        where m.transaction_id = :id
        """,
        id=transaction_id,
    )


def cashback_changed(transaction_id: UUID) -> bytes:
    """Cashback that staff added or removed, by its ledger transaction."""
    return db.read.json(
        """
        select json_build_object(
            'status', case m.kind when 'ADD_CASHBACK' then 'added' else 'deducted' end, 'cashback_id', m.transaction_id,
            'amount', money(m.amount, m.currency), 'currency', m.currency,
            case m.kind when 'ADD_CASHBACK' then 'new_balance' else 'remaining_balance' end, money(a.balance, a.currency)
            )::text
        from desk_movements m
        join ledger_accounts a on a.user_id = m.user_id and a.kind = 'CASHBACK' and a.currency = m.currency
        where m.transaction_id = :id
        """,
        id=transaction_id,
    )


def cashback_record(record_id: UUID) -> bytes:
    """One cashback record, for staff."""
    return db.read.json("select document::text from cashback_documents_for_staff where id = :id", id=record_id)


def waiting_cashback(call: Call, query: WaitingQuery) -> Response:
    """All customers' cashback that is not credited yet, newest first."""
    values = query.model_dump(include=set(_WAITING_CASHBACK.filters), exclude_none=True)
    return read_page(query, _WAITING_CASHBACK, **values).response(call)


def tiers() -> bytes:
    """Every tier, the lowest first."""
    return db.read.json(
        """
        select coalesce(json_agg(json_build_object(
            'code', code, 'name_en', name_en, 'name_ar', name_ar, 'threshold', threshold,
            'multiplier', trim_scale(multiplier), 'cashback_rate', trim_scale(cashback_rate)
            ) order by threshold), '[]')::text
        from tiers
        """
    )


def exchange_rates() -> bytes:
    """Every exchange rate, by currency."""
    return db.read.json("select coalesce(json_agg(document order by currency), '[]')::text from exchange_rate_documents")


def exchange_rate(currency: str) -> bytes:
    """The exchange rate of one currency."""
    return db.read.json("select document::text from exchange_rate_documents where currency = :currency", currency=currency)
