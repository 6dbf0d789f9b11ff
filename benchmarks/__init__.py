"""Measures the system at size: a large data set, and what reads, postings and verifications cost on it."""
