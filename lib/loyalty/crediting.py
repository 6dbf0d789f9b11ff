"""Credits cashback: staff do it after it was approved, or a job does it after the refund window has closed."""

from collections.abc import Sequence

from lib import ledger
from lib.db import Transaction
from lib.ledger import Posting
from lib.loyalty import records
from lib.loyalty.records import LockedCashback
from lib.mail.outbox import Mail, queue_mails
from lib.money import with_currency


def credit(tx: Transaction, wallet: ledger.Wallet, record: LockedCashback) -> None:
    """PENDING or APPROVED → CREDITED: the customer gets what refunds have left of it."""
    ledger.post(tx, wallet, [_transaction(record)])
    records.mark_credited(tx, record)
    queue_mails(tx, [_news(record)])


def credit_all(tx: Transaction, due: Sequence[LockedCashback]) -> None:
    """Credit each of these records, whose wallets are locked. Raises LookupError if one was credited before."""
    ledger.post_of_many(tx, [(ledger.Wallet(record.user_id), _transaction(record)) for record in due])
    records.mark_all_credited(tx, due)
    queue_mails(tx, [_news(record) for record in due])


def _news(record: LockedCashback) -> Mail:
    return Mail(
        user_id=record.user_id,
        kind="CASHBACK_CREDITED",
        key=f"cashback:{record.id}:credited",
        parameters={"amount": with_currency(record.amount, record.currency)},
    )


def _transaction(record: LockedCashback) -> ledger.Transaction:
    return ledger.Transaction(
        key=f"cashback:{record.id}:credit",
        kind="CREDIT_CASHBACK",
        postings=[Posting("CASHBACK_COST", "CASHBACK", record.amount, record.currency)],
        description=ledger.Description("Cashback", "استرداد نقدي"),
        reference=ledger.Reference("CASHBACK", record.id),
        order_id=record.order_id,
    )
