"""What an order is made of and comes to, issuing and cancelling it: for orders by themselves and behind bookings."""
