"""Double entry: the one place where balances move.

    posting   accounts, transactions and their legs
    lots      points by when they expire, the oldest spent first

The database moves an account by its entries alone and refuses a sum that is not zero, a customer's balance below zero
and any change of what was posted (migrations/versions/0005_ledger.sql). A customer's row in `wallets` is the lock for all
of their accounts; it comes last in the order of locks: order → payment → number series → wallet.
"""
