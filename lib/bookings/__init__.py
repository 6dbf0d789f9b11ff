"""Bookings: their states, and every statement that changes them.

    state     which moves are legal
    records   every statement that changes bookings and their history
    queries   the booking of an order
    telling   the mails about a booking

The lock of its order guards a booking, so a booking has no lock of its own.
"""
