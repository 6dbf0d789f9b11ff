"""The wallet: what is in it, what moved it, paying from it, and money that staff put in or take out."""

import uuid
from uuid import UUID

from functions.loyalty.checks import lock_own_payable, require_exact
from functions.loyalty.schemas import DeskMovement, WalletPayment
from lib import audit, db
from lib.audit import Actor
from lib.config import config
from lib.db import Transaction
from lib.errors import InsufficientBalance, Invalid, NotFound
from lib.ledger.posting import Move, Posting, Words, balance, lock_wallet, post
from lib.payments.balances import pay_from_balances
from lib.payments.locks import Split
from lib.web import Answer, Call, PageQuery, read_page

# What moved the wallet, as its owner knows it. A hold is a payment: done once it was spent, undone once it was released.
_TYPE = """
    case t.kind when 'HOLD' then 'PAYMENT' when 'RELEASE' then 'REFUND' when 'WITHDRAW_CASHBACK' then 'CASHBACK'
                when 'REDEEM_POINTS' then 'BONUS' else t.kind end
"""
_STATUS = """
    case when t.kind <> 'HOLD' then 'COMPLETED'
         when exists (select from ledger_transactions s where s.key = regexp_replace(t.key, 'hold$', 'spend'))
             then 'COMPLETED'
         when exists (select from ledger_transactions s where s.key = regexp_replace(t.key, 'hold$', 'release'))
             then 'REVERSED'
         else 'PENDING' end
"""


def my_wallet(user_id: UUID) -> bytes | None:
    """The caller's wallet."""
    return db.read_json(
        """
        select json_build_object(
            'id', w.id, 'user_id', w.user_id, 'balance', money(coalesce(a.balance, 0), :currency), 'currency', :currency,
            'is_active', true, 'created_at', w.created_at, 'updated_at', coalesce(a.updated_at, w.created_at))::text
        from wallets w
        left join ledger_accounts a on a.user_id = w.user_id and a.kind = 'WALLET' and a.currency = :currency
        where w.user_id = :user_id
        """,
        user_id=user_id,
        currency=config().loyalty.currency,
    )


def my_balance(user_id: UUID) -> bytes | None:
    """What is free in the caller's wallet."""
    return db.read_json(
        """
        select json_build_object('balance', money(coalesce(max(balance), 0), :currency), 'currency', :currency)::text
        from ledger_accounts where user_id = :user_id and kind = 'WALLET' and currency = :currency
        """,
        user_id=user_id,
        currency=config().loyalty.currency,
    )


def my_transactions(call: Call, query: PageQuery) -> Answer:
    """What moved the caller's wallet, newest first."""
    page = read_page(
        f"""
        select json_build_object(
            'id', t.id, 'transaction_type', {_TYPE}, 'amount', money(abs(e.amount), :currency),
            'balance_before', money(e.balance_after - e.amount, :currency),
            'balance_after', money(e.balance_after, :currency), 'currency', :currency,
            'reference_type', t.reference_type, 'reference_id', t.reference_id, 'description_en', t.description_en,
            'description_ar', t.description_ar, 'status', {_STATUS}, 'created_at', e.created_at) as item,
            e.created_at as sort_at, e.id
        from (
            select * from ledger_entries
            where account_id = (select id from ledger_accounts
                                where user_id = :user_id and kind = 'WALLET' and currency = :currency)
              and (created_at, id) < (:after_at::timestamptz, :after_id::uuid)
            order by created_at desc, id desc limit :limit::integer + 1) e
        join ledger_transactions t on t.id = e.transaction_id
        """,  # noqa: S608 - constants
        query,
        user_id=call.caller.user_id,
        currency=config().loyalty.currency,
    )
    return Answer(page.body, headers=page.link(call.request, config().app_base_url))


@db.in_transaction
def pay_from_wallet(tx: Transaction, user_id: UUID, request: WalletPayment) -> bytes:
    """Pay so much of one's own order or booking at once. Raises what paying raises, and InsufficientBalance."""
    require_exact(request.amount)
    order = lock_own_payable(tx, user_id, request.reference_type, request.reference_id)
    if request.amount > order.remaining:
        raise Invalid.field(["body", "amount"], f"must be at most {order.remaining} {order.currency}, which is left to pay")
    payment_id = pay_from_balances(tx, order, Split(wallet=request.amount))
    return tx.json(
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


@db.in_transaction
def deposit(tx: Transaction, actor: Actor, user_id: UUID, movement: DeskMovement) -> bytes:
    """Put money into a wallet. Raises NotFound or Invalid."""
    return _move(tx, actor, user_id, movement, is_deposit=True)


@db.in_transaction
def withdraw(tx: Transaction, actor: Actor, user_id: UUID, movement: DeskMovement) -> bytes:
    """Take money out of a wallet. Raises NotFound, Invalid or InsufficientBalance."""
    return _move(tx, actor, user_id, movement, is_deposit=False)


def _move(tx: Transaction, actor: Actor, user_id: UUID, movement: DeskMovement, *, is_deposit: bool) -> bytes:
    require_exact(movement.amount)
    currency = config().loyalty.currency
    if not tx.row("select 1 from users where id = :id", id=user_id):
        raise NotFound("There is no such user")
    lock_wallet(tx, user_id)
    before = balance(tx, user_id, "WALLET", currency)
    if not is_deposit and before < movement.amount:
        raise InsufficientBalance(f"{currency} in the wallet", before)
    action = "deposit" if is_deposit else "withdraw"
    english, arabic = ("Deposit", "إيداع") if is_deposit else ("Withdrawal", "سحب")
    into, out_of = Move("DESK", "WALLET", movement.amount, currency), Move("WALLET", "DESK", movement.amount, currency)
    posted = post(
        tx,
        Posting(
            # The cause is this request; its Idempotency-Key sees to it that the same one comes here once.
            key=f"{action}:{uuid.uuid4()}",
            kind="DEPOSIT" if is_deposit else "WITHDRAWAL",
            user_id=user_id,
            moves=[into if is_deposit else out_of],
            words=Words(movement.description_en or english, movement.description_ar or arabic),
        ),
    )
    after = balance(tx, user_id, "WALLET", currency)
    audit.record(
        tx,
        actor,
        action,
        "wallet",
        user_id,
        before={"balance": before},
        after={"balance": after, "amount": movement.amount, "transaction_id": posted},
    )
    return tx.json(
        """
        select json_build_object(
            'status', 'COMPLETED', 'transaction_id', :id::uuid, 'amount', money(:amount::numeric, :currency),
            'new_balance', money(:balance::numeric, :currency), 'currency', :currency)::text
        """,
        id=posted,
        amount=movement.amount,
        balance=after,
        currency=currency,
    )
