"""Payments: opening an attempt, settling it, closing it.

    opening        opens an attempt: in the database, then at the gateway
    allowance      how many attempts a customer may open on one order
    attempts       the request to the gateway, and what its answer does to the attempt
    settling       money that arrived: it is applied to the order, or flagged for a person
    applying       applying money and balances to the order, and what follows from that
    balances       paying with points, cashback and wallet, without the gateway
    manual         payments that were taken elsewhere, such as cash
    closing        closing attempts, and cancelling unpaid orders
    minimum        the gateway's smallest amount, and remainders below it
    payable        orders that can be paid now
    transactions   the ledger transactions of a payment's money
    gateway        the gateway's client, its payment methods and its errors
    locks          the lock of a payment, which is taken after its order's
    records        every statement that changes payments, but for when jobs look at them
    schedule       every statement that changes when a job looks at a payment again
    queries        the response to a request to pay
    schemas        the models of that request and its response

The gateway is never called while a transaction is open.
"""
