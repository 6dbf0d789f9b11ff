"""What paid orders earn and refunds take back: points by tier, cashback that waits out its refund window."""
