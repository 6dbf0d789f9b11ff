"""The database: pooled connections, statements prepared once for each, transactions with bounded retry.

    db.read(sql, **values)              rows of one statement that changes nothing
    db.read_json(sql, **values)         the JSON that one such statement builds, as bytes for the wire
    @db.in_transaction                  def work(tx, …): all or nothing; joins a transaction that is already open
    tx.run / tx.row / tx.value          statements in it

Values are named `:name` in the SQL. Rows are lists in the order of the select.
"""

from lib.db.pool import read, read_json
from lib.db.session import Row
from lib.db.transactions import Transaction, UniqueViolation, in_transaction, transaction_is_open

__all__ = ["Row", "Transaction", "UniqueViolation", "in_transaction", "read", "read_json", "transaction_is_open"]
