"""Cashback as its customer sees and uses it."""

import uuid
from uuid import UUID

from functions.loyalty.checks import require_exact
from functions.loyalty.schemas import CashbackWithdrawal
from lib import db
from lib.config import config
from lib.db import Transaction
from lib.errors import InsufficientBalance
from lib.ledger.posting import Move, Posting, Words, balance, lock_wallet, post
from lib.web import Answer, Call, PageQuery, read_page

# The fields of a record (`c`), to be completed by what only staff see.
RECORD_FIELDS = """
    'id', c.id, 'user_id', c.user_id, 'reference_type', c.reference_type, 'reference_id', c.reference_id,
    'booking_amount', money(c.booking_amount, c.currency), 'cashback_rate', trim_scale(c.cashback_rate),
    'cashback_amount', money(c.cashback_amount, c.currency),
    'amount', money(c.cashback_amount - c.taken_back, c.currency), 'currency', c.currency, 'status', c.status,
    'credit_due_at', c.credit_due_at, 'approved_at', c.approved_at, 'credited_at', c.credited_at,
    'rejection_reason', c.rejection_reason, 'description', c.description, 'created_at', c.created_at
"""
# What a customer (:user_id) has, and what waits for them, in the currency of balances.
_SUMS = """
    select coalesce((select balance from ledger_accounts
                     where user_id = :user_id and kind = 'CASHBACK' and currency = :currency), 0) as available,
           coalesce((select -balance from ledger_accounts
                     where user_id = :user_id and kind = 'CASHBACK_COST' and currency = :currency), 0) as credited,
           coalesce(sum(cashback_amount - taken_back) filter (where status = 'PENDING'), 0) as pending,
           coalesce(sum(cashback_amount - taken_back) filter (where status = 'APPROVED'), 0) as approved
    from cashback_records where user_id = :user_id and status in ('PENDING', 'APPROVED')
"""


def my_records(call: Call, query: PageQuery) -> Answer:
    """What the caller's orders have earned, newest first."""
    page = read_page(
        f"""
        select json_build_object({RECORD_FIELDS}) as item, c.created_at as sort_at, c.id from cashback_records c
        where c.user_id = :user_id and (c.created_at, c.id) < (:after_at::timestamptz, :after_id::uuid)
        order by c.created_at desc, c.id desc limit :limit::integer + 1
        """,  # noqa: S608 - a constant
        query,
        user_id=call.caller.user_id,
    )
    return Answer(page.body, headers=page.link(call.request, config().app_base_url))


def my_balance(user_id: UUID) -> bytes | None:
    """What of the caller's cashback can be used, and what there is with what waits."""
    return db.read_json(
        f"""
        select json_build_object(
            'user_id', :user_id::uuid, 'total', money(available + pending + approved, :currency),
            'available', money(available, :currency), 'currency', :currency)::text
        from ({_SUMS}) sums
        """,  # noqa: S608 - a constant
        user_id=user_id,
        currency=config().loyalty.currency,
    )


def my_summary(user_id: UUID) -> bytes | None:
    """The caller's cashback by how far it is."""
    return db.read_json(
        f"""
        select json_build_object(
            'pending', money(pending, :currency), 'approved', money(approved, :currency),
            'credited', money(credited, :currency), 'total', money(pending + approved + credited, :currency),
            'available', money(available, :currency), 'currency', :currency)::text
        from ({_SUMS}) sums
        """,  # noqa: S608 - a constant
        user_id=user_id,
        currency=config().loyalty.currency,
    )


@db.in_transaction
def withdraw(tx: Transaction, user_id: UUID, request: CashbackWithdrawal) -> bytes:
    """Move cashback into the wallet. Raises Invalid or InsufficientBalance."""
    require_exact(request.amount)
    currency = config().loyalty.currency
    lock_wallet(tx, user_id)
    if (available := balance(tx, user_id, "CASHBACK", currency)) < request.amount:
        raise InsufficientBalance(f"{currency} of cashback", available)
    posted = post(
        tx,
        Posting(
            # The cause is this request; its Idempotency-Key sees to it that the same one comes here once.
            key=f"withdraw-cashback:{uuid.uuid4()}",
            kind="WITHDRAW_CASHBACK",
            user_id=user_id,
            moves=[Move("CASHBACK", "WALLET", request.amount, currency)],
            words=Words("Cashback moved into the wallet", "تحويل الاسترداد النقدي إلى المحفظة"),
        ),
    )
    return tx.json(
        """
        select json_build_object(
            'status', 'COMPLETED', 'transaction_id', :id::uuid, 'amount', money(:amount::numeric, :currency),
            'new_balance', money(max(balance) filter (where kind = 'CASHBACK'), :currency),
            'wallet_balance', money(max(balance) filter (where kind = 'WALLET'), :currency), 'currency', :currency)::text
        from ledger_accounts where user_id = :user_id and kind in ('CASHBACK', 'WALLET') and currency = :currency
        """,
        id=posted,
        amount=request.amount,
        currency=currency,
        user_id=user_id,
    )
