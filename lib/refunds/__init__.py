"""Refunds: what of an order's money goes back, and where.

    paid         what was paid of an order, and what of it refunds have taken
    allocating   which parts of that a refund has
    refunding    a refund from its request to its answer; the gateway is asked once
    outcomes     what became of a refund that the gateway was asked for
    completing   what a completed refund moves: payments, order, credit note, ledger, what was earned
    confirming   refunds that the gateway reports

The order's lock guards its refunds and all that they move.
"""
