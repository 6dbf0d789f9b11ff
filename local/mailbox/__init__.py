"""The mailbox of one machine: the outbox, each mail as it would be sent. No server is needed for it."""
