"""What paid orders earn and what refunds take back: points by tier, and cashback.

Cashback waits until staff credit it, or until its refund window has closed. Staff also change balances by hand.

tiers         the terms at which a customer's orders earn now
earning       what a paid order earns
taking_back   what a refund takes back of that
pending       points that wait, because their order was paid by hand
crediting     cashback goes to the customer's account
records       every statement that changes the cashback of orders
adding        staff add to and take from wallet, points and cashback
movements     every statement that keeps what staff moved by hand
"""
