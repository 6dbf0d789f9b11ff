"""Whether something waits for another administrator. What was done by hand for the same customer within a day counts too."""

from decimal import Decimal
from uuid import UUID

from lib.approvals import records
from lib.approvals.records import Asked, Waiting
from lib.audit import Actor
from lib.config import config
from lib.db import Transaction
from lib.ledger import POINTS


def ask_if_large(tx: Transaction, actor: Actor, asked: Asked) -> Waiting | None:
    """Keep it for another administrator if it is above the limit; None: it may be done now.

    Until the transaction ends, nothing else is asked for this customer, so that two at once can't pass the limit together.
    Its order, if it is about one, must be locked, and the wallet must not be.
    """
    limit = config().loyalty.approval_limit
    if limit is None:
        return None
    lock_asking(tx, asked.user_id)
    if (waiting := records.find_waiting(tx, asked.request_key)) is not None:
        return waiting
    value = _value(tx, asked)
    if value is not None and value + _asked_within_a_day(tx, asked.user_id) <= limit:
        return None
    return records.insert(tx, actor, asked, value)


def lock_asking(tx: Transaction, user_id: UUID) -> None:
    """Let nothing else be asked for this customer until the transaction ends. Who takes numbers first locks this before."""
    tx.run("select pg_advisory_xact_lock(hashtextextended('approvals:' || :user_id, 0))", user_id=str(user_id))


def _value(tx: Transaction, asked: Asked) -> Decimal | None:
    """What it is worth in the currency of balances; None if nobody has set the rate of its currency."""
    loyalty = config().loyalty
    if asked.currency == POINTS:
        return asked.amount * loyalty.point_value
    if asked.currency == loyalty.currency:
        return asked.amount
    rate = tx.first_value(Decimal, "select rate from exchange_rates where currency = :currency", currency=asked.currency)
    return None if rate is None else asked.amount * rate


def _asked_within_a_day(tx: Transaction, user_id: UUID) -> Decimal:
    loyalty = config().loyalty
    return tx.value(
        Decimal,
        """
        select coalesce(sum(value), 0) from (
            select case currency when 'PTS' then amount * :point_value::numeric else amount end as value
            from desk_movements
            where user_id = :user_id and kind in ('DEPOSIT', 'ADD_POINTS', 'ADD_CASHBACK')
              and created_at > now() - interval '24 hours'
            union all
            select r.amount * case r.currency when :balance_currency then 1 else e.rate end
            from refunds r left join exchange_rates e on e.currency = r.currency
            where r.user_id = :user_id and r.origin = 'STAFF' and r.status <> 'REJECTED'
              and r.created_at > now() - interval '24 hours'
            union all
            select value from approvals
            where user_id = :user_id and status = 'PENDING' and created_at > now() - interval '24 hours') asked
        """,
        user_id=user_id,
        point_value=loyalty.point_value,
        balance_currency=loyalty.currency,
    )
