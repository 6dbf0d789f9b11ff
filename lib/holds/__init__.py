"""Holds: balances that are held for an order, and later spent with its payment or released.

    splitting   how much of each balance pays an order, and what points are worth
    records     every statement that changes holds
    holding     holding, spending and releasing, and the ledger transactions of each

The order must be locked for everything here.
"""
