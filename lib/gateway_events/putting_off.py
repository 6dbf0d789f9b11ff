"""Puts off a payment about which the gateway answers, but nothing that anybody can read.

Such an answer is often the fault of one invoice. So it must not hold back other payments, and it may last for ever.
"""

from uuid import UUID

from lib import db
from lib.db import Transaction
from lib.outcomes import Outcome
from lib.payments import schedule
from lib.payments.locks import lock_payment
from lib.payments.settling import flag

# With these the delays (lib/payments/records.py) have reached a day.
MOST_ODD_ANSWERS = 9


@db.in_transaction
def put_off(tx: Transaction, payment_id: UUID, outcome: Outcome) -> Outcome:
    """Let a payment wait longer before the gateway is asked again. After MOST_ODD_ANSWERS a person has to look at it.

    A settled payment has its money, so it only goes on waiting.
    """
    _, payment = lock_payment(tx, payment_id)
    if payment.in_review:
        return outcome
    odd_answers = schedule.put_off(tx, payment, outcome.seen or outcome.detail)
    if odd_answers < MOST_ODD_ANSWERS or payment.is_settled:
        return outcome
    return flag(tx, payment, "ANSWER_UNREADABLE")
