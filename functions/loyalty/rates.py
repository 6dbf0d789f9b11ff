"""Sets and removes exchange rates, at which orders in other currencies earn."""

from decimal import Decimal
from uuid import UUID, uuid5

from lib import audit, db
from lib.audit import Actor
from lib.config import config
from lib.db import Transaction
from lib.errors import Invalid, NotFound
from lib.money import DECIMALS

# The audit log refers to what was changed by a UUID, so a currency's UUID is made from its code.
_CURRENCIES = UUID("5b9c7d6e-6d0f-4f0e-9d55-6f1f0c1f7a10")


@db.in_transaction
def set_rate(tx: Transaction, actor: Actor, currency: str, rate: Decimal) -> None:
    """Set the rate at which orders in a currency earn. Raises NotFound for an unknown currency, and Invalid for our own."""
    if currency not in DECIMALS:
        raise NotFound("There is no such currency; use an ISO 4217 code such as USD")
    if currency == config().loyalty.currency:
        raise Invalid.field(["path", "currency"], "is the currency of balances itself")
    before = tx.first_value(
        Decimal, "select rate from exchange_rates where currency = :currency for update", currency=currency
    )
    tx.run(
        """
        insert into exchange_rates (currency, rate, updated_by_user_id) values (:currency, :rate, :actor_id)
        on conflict (currency) do update set rate = excluded.rate, updated_by_user_id = excluded.updated_by_user_id,
                                             updated_at = now()
        """,
        currency=currency,
        rate=rate,
        actor_id=actor.user_id,
    )
    _record(tx, actor, "set-rate", currency, before, rate)


@db.in_transaction
def remove_rate(tx: Transaction, actor: Actor, currency: str) -> None:
    """Remove a rate: orders in this currency then earn nothing. Raises NotFound if it has no rate."""
    before = tx.first_value(
        Decimal, "delete from exchange_rates where currency = :currency returning rate", currency=currency
    )
    if before is None:
        raise NotFound("There is no rate for this currency")
    _record(tx, actor, "remove-rate", currency, before, None)


def _record(tx: Transaction, actor: Actor, action: str, currency: str, before: object, after: object) -> None:
    audit.record(
        tx,
        actor,
        action,
        "exchange-rate",
        uuid5(_CURRENCIES, currency),
        before={"currency": currency, "rate": before},
        after={"currency": currency, "rate": after},
    )
