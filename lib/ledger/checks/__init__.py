"""The selects of verifying: each lists rows of a batch's customers that disagree with other rows.

    accounts   accounts, their entries and history; debts; what staff moved at the desk
    lots       points by their expiry
    records    payments, holds, refunds and cashback, and the postings that each of them means
    states     the statuses of orders, payments, bookings, refunds and holds
    earnings   what orders earned, and what refunds took back of that

A select gives what is wrong, the row's id, the value that the other rows lead to, and the value that is there. It reads
`batch` (the customers' ids) and `moved` (their entries, with transaction and account).
"""

from lib.ledger.checks import accounts, earnings, lots, records, states

CHECKS = (*accounts.CHECKS, *lots.CHECKS, *records.CHECKS, *states.CHECKS, *earnings.CHECKS)
