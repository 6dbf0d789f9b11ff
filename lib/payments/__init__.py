"""Opening, settling and reconciling payments.

Locks are taken here and in lib/ledger and nowhere else, always in one order: order → payment → number series → wallet.
No call to the gateway is made while a transaction is open.
"""
