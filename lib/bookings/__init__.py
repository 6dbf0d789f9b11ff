"""Bookings as orders and payments move them on."""
