"""Refunds of an order's payments.

    refunding      makes a refund; the gateway is asked for it at most once
    withdrawing    takes back one that the gateway has not decided about
    looking        reads the gateway's list of refunds, which decides about them
    listed         that list as it was last seen, and every statement that changes it
    matching       matches the list with our refunds
    reported       refunds that were made in the gateway's dashboard
    allocating     divides a refund into parts: from which payment, and to where
    queries        what was paid of an order, and how much of it refunds have taken
    completing     a refund is completed, rejected, or put into review because its outcome is unknown
    credit_notes   the tax in a refund
    records        every statement that changes refunds, their parts and credit notes

The order's lock guards its refunds and everything that they change.
"""
