"""Credits cashback: staff do it after it was approved, or a job does it after the refund window has closed."""

from lib import ledger
from lib.db import Transaction
from lib.ledger import Posting
from lib.loyalty import records
from lib.loyalty.records import LockedCashback


def credit(tx: Transaction, wallet: ledger.Wallet, record: LockedCashback) -> None:
    """PENDING or APPROVED → CREDITED: what refunds have left of it first pays the customer's debt; they get the rest."""
    debt = min(record.amount, -ledger.balance(tx, wallet, "CASHBACK_DEBT", record.currency))
    credited = ledger.Transaction(
        key=f"cashback:{record.id}:credit",
        kind="CREDIT_CASHBACK",
        postings=[
            Posting("CASHBACK_COST", "CASHBACK_DEBT", debt, record.currency),
            Posting("CASHBACK_COST", "CASHBACK", record.amount - debt, record.currency),
        ],
        description=ledger.Description("Cashback", "استرداد نقدي"),
        reference=ledger.Reference("CASHBACK", record.id),
        order_id=record.order_id,
    )
    ledger.post(tx, wallet, [credited])
    records.mark_credited(tx, record)
