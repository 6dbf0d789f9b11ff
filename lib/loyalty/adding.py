"""Staff put money, points and cashback into a customer's account and take them out; what a closed account has lapses."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lib import ledger
from lib.audit import Actor
from lib.config import config
from lib.db import Transaction
from lib.errors import InsufficientBalance
from lib.ledger import POINTS, Account, Posting
from lib.loyalty import pending
from lib.loyalty.movements import Kind, Movement, record_movement
from lib.security.people import require_active, require_not_suspended
from lib.security.rights import refuse_own_account

_ACCOUNTS: dict[Kind, Account] = {
    "DEPOSIT": "WALLET",
    "WITHDRAWAL": "WALLET",
    "ADD_POINTS": "POINTS",
    "REMOVE_POINTS": "POINTS",
    "ADD_CASHBACK": "CASHBACK",
    "REMOVE_CASHBACK": "CASHBACK",
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """Whose balance is changed, and why. The customer reads the reasons, or words of ours where there are none."""

    user_id: UUID
    reason: str | None
    reason_ar: str | None = None
    reference: ledger.Reference | None = None


def deposit(tx: Transaction, actor: Actor, change: Change, amount: Decimal) -> UUID:
    """Put money into a wallet; the ledger transaction's id. Raises NotFound, OwnAccount or CustomerInactive."""
    posting = Posting("DESK", "WALLET", amount, config().loyalty.currency)
    return _change(tx, actor, change, "DEPOSIT", posting, ledger.Description("Deposit", "إيداع"))


def withdraw(tx: Transaction, actor: Actor, change: Change, amount: Decimal) -> UUID:
    """Take money out of a wallet; the ledger transaction's id.

    A closed account's wallet too: what was refunded since is paid out like that. Raises NotFound, OwnAccount,
    CustomerInactive or InsufficientBalance.
    """
    posting = Posting("WALLET", "DESK", amount, config().loyalty.currency)
    return _change(tx, actor, change, "WITHDRAWAL", posting, ledger.Description("Withdrawal", "سحب"))


def add_points(tx: Transaction, actor: Actor, change: Change, points: int) -> UUID:
    """Give points in a lot of their own; they count for no tier. The ledger transaction's id.

    Raises NotFound, OwnAccount or CustomerInactive.
    """
    posting = Posting("POINTS_GIVEN", "POINTS", Decimal(points), POINTS)
    words = ledger.Description("Points added", "نقاط مضافة")
    return _change(tx, actor, change, "ADD_POINTS", posting, words, ledger.OpenLot(points))


def remove_points(tx: Transaction, actor: Actor, change: Change, points: int) -> UUID:
    """Take points out of the lots that expire first; the ledger transaction's id.

    Raises NotFound, OwnAccount, CustomerInactive or InsufficientBalance.
    """
    posting = Posting("POINTS", "POINTS_REMOVED", Decimal(points), POINTS)
    words = ledger.Description("Points removed", "نقاط مخصومة")
    return _change(tx, actor, change, "REMOVE_POINTS", posting, words, ledger.TakePoints(points))


def add_cashback(tx: Transaction, actor: Actor, change: Change, amount: Decimal) -> UUID:
    """Give cashback that can be used at once; the ledger transaction's id.

    Raises NotFound, OwnAccount or CustomerInactive.
    """
    posting = Posting("CASHBACK_GIVEN", "CASHBACK", amount, config().loyalty.currency)
    return _change(tx, actor, change, "ADD_CASHBACK", posting, ledger.Description("Cashback added", "استرداد نقدي مضاف"))


def remove_cashback(tx: Transaction, actor: Actor, change: Change, amount: Decimal) -> UUID:
    """Take cashback that is free; the ledger transaction's id.

    Raises NotFound, OwnAccount, CustomerInactive or InsufficientBalance.
    """
    posting = Posting("CASHBACK", "CASHBACK_GIVEN", amount, config().loyalty.currency)
    words = ledger.Description("Cashback removed", "استرداد نقدي مخصوم")
    return _change(tx, actor, change, "REMOVE_CASHBACK", posting, words)


def let_lapse(tx: Transaction, actor: Actor, wallet: ledger.Wallet, reason: str) -> None:
    """Take all points, also those that wait, and all free cashback of a locked wallet whose account is being closed."""
    pending.credit_waiting_of(tx, wallet)
    points = ledger.available_points(tx, wallet)
    change = Change(user_id=wallet.user_id, reason=reason)
    words = ledger.Description(reason, reason)
    if points:
        posting = Posting("POINTS", "POINTS_REMOVED", Decimal(points), POINTS)
        _move(tx, actor, wallet, change, "REMOVE_POINTS", posting, words, ledger.TakePoints(points))
    for (account, currency), free in ledger.balances(tx, wallet).items():
        if account == "CASHBACK" and free > 0:
            posting = Posting("CASHBACK", "CASHBACK_GIVEN", free, currency)
            _move(tx, actor, wallet, change, "REMOVE_CASHBACK", posting, words, None)


def _named(account: Account, currency: str) -> str:
    return {"POINTS": "points", "CASHBACK": f"{currency} of cashback"}.get(account, f"{currency} in the wallet")


def _change(
    tx: Transaction,
    actor: Actor,
    change: Change,
    kind: Kind,
    posting: Posting,
    words: ledger.Description,
    lots: ledger.OpenLot | ledger.TakePoints | None = None,
) -> UUID:
    refuse_own_account(actor.user_id, change.user_id)
    require = require_not_suspended if kind == "WITHDRAWAL" else require_active
    require(tx, change.user_id)
    wallet = ledger.lock_wallet(tx, change.user_id)
    # Once more: the account may have been closed while this waited for its wallet.
    require(tx, change.user_id)
    return _move(tx, actor, wallet, change, kind, posting, words, lots)


def _move(
    tx: Transaction,
    actor: Actor,
    wallet: ledger.Wallet,
    change: Change,
    kind: Kind,
    posting: Posting,
    words: ledger.Description,
    lots: ledger.OpenLot | ledger.TakePoints | None,
) -> UUID:
    account = _ACCOUNTS[kind]
    if account == "POINTS":
        ledger.expire_points(tx, wallet)
    before = ledger.balance(tx, wallet, account, posting.currency)
    if posting.source == account and before < posting.amount:
        raise InsufficientBalance(_named(account, posting.currency), before)
    transaction = ledger.Transaction(
        # This request is the cause, and it has no id. Its Idempotency-Key makes sure that it is processed only once.
        key=f"{kind.lower().replace('_', '-')}:{uuid.uuid4()}",
        kind=kind,
        postings=[posting],
        description=ledger.Description(change.reason or words.english, change.reason_ar or words.arabic),
        reference=change.reference,
        lots=lots,
    )
    movement = Movement(
        transaction_id=ledger.post_one(tx, wallet, transaction),
        user_id=change.user_id,
        kind=kind,
        amount=posting.amount,
        currency=posting.currency,
        reason=change.reason,
        before=before,
        # What came in may have paid a debt.
        after=ledger.balance(tx, wallet, account, posting.currency),
    )
    record_movement(tx, actor, movement)
    return movement.transaction_id
