"""The whole system on one machine: PostgreSQL, the gateway's sandbox, and all functions on one port."""
