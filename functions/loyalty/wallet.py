"""Pays from the wallet, and lets staff put money into it or take money out."""

import uuid
from uuid import UUID

from functions.loyalty.checks import lock_own_payable, require_exact
from functions.loyalty.schemas import DeskMovement, WalletPayment
from lib import db, ledger
from lib.audit import Actor
from lib.config import config
from lib.db import Transaction
from lib.errors import InsufficientBalance, Invalid
from lib.holds.splitting import Split
from lib.ledger import Posting
from lib.loyalty.movements import Kind, Movement, record_movement
from lib.payments import records as payments
from lib.payments.balances import pay_from_balances
from lib.payments.minimum import refuse_small_remainder
from lib.security.people import require_active
from lib.security.rights import refuse_own_account


@db.in_transaction
def pay_from_wallet(tx: Transaction, user_id: UUID, request: WalletPayment) -> UUID:
    """Pay an amount of the caller's own order or booking from the wallet at once; the payment's id.

    Raises everything that paying an order raises, and InsufficientBalance.
    """
    require_exact(request.amount)
    order = lock_own_payable(tx, user_id, request.reference_type, request.reference_id)
    if request.amount > order.remaining:
        raise Invalid.field(["body", "amount"], f"must be at most {order.remaining} {order.currency}, which is left to pay")
    refuse_small_remainder(tx, order, request.amount, "amount")
    payment_id = pay_from_balances(tx, order, Split(wallet=request.amount))
    payments.write_opener(tx, payment_id, user_id)
    return payment_id


@db.in_transaction
def deposit(tx: Transaction, actor: Actor, user_id: UUID, movement: DeskMovement) -> UUID:
    """Put money into a wallet; the ledger transaction's id. Raises NotFound, OwnAccount, CustomerInactive or Invalid."""
    return _move(tx, actor, user_id, movement, is_deposit=True)


@db.in_transaction
def withdraw(tx: Transaction, actor: Actor, user_id: UUID, movement: DeskMovement) -> UUID:
    """Take money out of a wallet; the ledger transaction's id.

    Raises NotFound, OwnAccount, CustomerInactive, Invalid or InsufficientBalance.
    """
    return _move(tx, actor, user_id, movement, is_deposit=False)


def _move(tx: Transaction, actor: Actor, user_id: UUID, movement: DeskMovement, *, is_deposit: bool) -> UUID:
    refuse_own_account(actor.user_id, user_id)
    require_exact(movement.amount)
    currency = config().loyalty.currency
    require_active(tx, user_id)
    wallet = ledger.lock_wallet(tx, user_id)
    # Once more: the account may have been closed while this waited for its wallet.
    require_active(tx, user_id)
    before = ledger.balance(tx, wallet, "WALLET", currency)
    if not is_deposit and before < movement.amount:
        raise InsufficientBalance(f"{currency} in the wallet", before)
    english, arabic = ("Deposit", "إيداع") if is_deposit else ("Withdrawal", "سحب")
    action = "deposit" if is_deposit else "withdraw"
    kind: Kind = "DEPOSIT" if is_deposit else "WITHDRAWAL"
    transaction_id = ledger.post_one(
        tx,
        wallet,
        ledger.Transaction(
            # This request is the cause, and it has no id. Its Idempotency-Key makes sure that it is processed only once.
            key=f"{action}:{uuid.uuid4()}",
            kind=kind,
            postings=[
                Posting("DESK", "WALLET", movement.amount, currency)
                if is_deposit
                else Posting("WALLET", "DESK", movement.amount, currency)
            ],
            description=ledger.Description(movement.description_en or english, movement.description_ar or arabic),
        ),
    )
    record_movement(
        tx,
        actor,
        Movement(
            transaction_id=transaction_id,
            user_id=user_id,
            kind=kind,
            amount=movement.amount,
            currency=currency,
            reason=movement.description_en,
            before=before,
            after=before + (movement.amount if is_deposit else -movement.amount),
        ),
    )
    return transaction_id
