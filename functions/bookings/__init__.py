"""Bookings: made, priced, confirmed, paid, cancelled."""
