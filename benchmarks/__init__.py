"""How the system bears size: a large data set, and what reads, postings and proofs cost on it."""
