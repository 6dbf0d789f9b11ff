"""Orders, with or without a booking.

    items, totals   the lines of an order in a request, and what they add up to
    drafting        drafts of orders and their amounts
    texts           how much text an invoice prints, and its limit
    issuing         a draft becomes an order that can be paid, with its invoice
    locks           the lock of an order, which a change takes before all other locks
    records         every statement that changes orders, their items and their invoices

The lock of an order also guards its payments, its holds, its refunds and its booking.
"""
