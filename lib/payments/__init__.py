"""Opening, settling and reconciling payments.

Locks are taken here (and later in lib/ledger) and nowhere else, always in one order: order → payment. No call to the
gateway is made while a transaction is open.
"""
