"""Wallet, points and cashback: what customers have, and what they and staff do with it."""
