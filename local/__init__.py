"""The whole system on one machine: PostgreSQL, the gateway's sandbox, and every function behind one port."""
