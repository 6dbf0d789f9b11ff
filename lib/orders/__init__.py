"""What an order comes to, and issuing it: orders issue by hand, paying a draft issues it on the way."""
