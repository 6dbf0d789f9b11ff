"""Moves a customer's cashback into their wallet."""

import uuid
from uuid import UUID

from functions.loyalty.checks import require_exact
from functions.loyalty.schemas import CashbackWithdrawal
from lib import db, ledger
from lib.config import config
from lib.db import Transaction
from lib.errors import InsufficientBalance
from lib.ledger import Posting


@db.in_transaction
def withdraw(tx: Transaction, user_id: UUID, request: CashbackWithdrawal) -> UUID:
    """Move cashback into the wallet; the ledger transaction's id. Raises Invalid or InsufficientBalance."""
    require_exact(request.amount)
    currency = config().loyalty.currency
    wallet = ledger.lock_wallet(tx, user_id)
    available = ledger.balance(tx, wallet, "CASHBACK", currency)
    if available < request.amount:
        raise InsufficientBalance(f"{currency} of cashback", available)
    withdrawal = ledger.Transaction(
        # This request is the cause, and it has no id. Its Idempotency-Key makes sure that it is processed only once.
        key=f"withdraw-cashback:{uuid.uuid4()}",
        kind="WITHDRAW_CASHBACK",
        postings=[Posting("CASHBACK", "WALLET", request.amount, currency)],
        description=ledger.Description("Cashback moved into the wallet", "تحويل الاسترداد النقدي إلى المحفظة"),
    )
    return ledger.post_one(tx, wallet, withdrawal)
