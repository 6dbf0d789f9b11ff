"""Refunds of an order's payments.

    refunding      makes a refund; the gateway is called at most once
    allocating     divides a refund into parts: from which payment, and to where
    queries        what was paid of an order, and how much of it refunds have taken
    completing     a refund is completed, rejected, or put into review because its outcome is unknown
    credit_notes   the tax in a refund
    records        every statement that changes refunds, their parts and credit notes

The order's lock guards its refunds and everything that they change.
"""
