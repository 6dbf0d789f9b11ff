"""Wallet, points and cashback, for customers and for staff."""
