"""The database: pooled connections, statements prepared once for each, transactions with bounded retry.

    db.read.one(Row, sql, **values)     a row of one statement that changes nothing, by the names of its columns
    db.read.value(UUID, sql, **values)  its first value
    db.read.json(sql, **values)         the JSON that it builds, as bytes for the wire
    @db.in_transaction                  def work(tx, …): all or nothing; joins a transaction that is already open
    tx.one, tx.value, tx.run, …         the same in it

`Statements` has them all, with what each gives where there is no row.
"""

from lib.db.pool import read
from lib.db.session import Row
from lib.db.statements import Column
from lib.db.transactions import OutOfRange, Transaction, UniqueViolation, in_transaction, transaction_is_open

__all__ = ["Column", "OutOfRange", "Row", "Transaction", "UniqueViolation", "in_transaction", "read", "transaction_is_open"]
