"""Mail: an outbox in the database, the words of each mail, and the way to the SMTP server.

    outbox     every statement that changes mails: queued with what they speak of, claimed and ended by a job
    templates  the words of each kind, in Arabic and English
    rendering  a queued mail as a message, plain and HTML
    smtp       the connection to the server

Whoever makes something happen queues its mail, and only a job sends one.
"""
