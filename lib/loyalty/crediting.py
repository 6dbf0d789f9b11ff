"""Credits cashback: staff do it after it was approved, or a job does it after the refund window has closed."""

from collections.abc import Sequence

from lib import ledger
from lib.db import Transaction
from lib.ledger import Posting
from lib.loyalty import records
from lib.loyalty.records import LockedCashback


def credit(tx: Transaction, wallet: ledger.Wallet, record: LockedCashback) -> None:
    """PENDING or APPROVED → CREDITED: the customer gets what refunds have left of it."""
    ledger.post(tx, wallet, [_transaction(record)])
    records.mark_credited(tx, record)


def credit_all(tx: Transaction, due: Sequence[LockedCashback]) -> None:
    """Credit each of these records, whose wallets are locked. Raises LookupError if one was credited before."""
    ledger.post_of_many(tx, [(ledger.Wallet(record.user_id), _transaction(record)) for record in due])
    records.mark_all_credited(tx, due)


def _transaction(record: LockedCashback) -> ledger.Transaction:
    return ledger.Transaction(
        key=f"cashback:{record.id}:credit",
        kind="CREDIT_CASHBACK",
        postings=[Posting("CASHBACK_COST", "CASHBACK", record.amount, record.currency)],
        description=ledger.Description("Cashback", "استرداد نقدي"),
        reference=ledger.Reference("CASHBACK", record.id),
        order_id=record.order_id,
    )
