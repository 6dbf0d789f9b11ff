"""The tables behind earning: what tiers bring, and what other currencies count for."""

from decimal import Decimal
from uuid import UUID, uuid5

from lib import audit, db
from lib.audit import Actor
from lib.config import config
from lib.db import Transaction
from lib.errors import Invalid, NotFound
from lib.money import DECIMALS

# The audit log names what was changed by a UUID; a currency's is made from its code.
_CURRENCIES = UUID("5b9c7d6e-6d0f-4f0e-9d55-6f1f0c1f7a10")
_RATE = "json_build_object('currency', currency, 'rate', trim_scale(rate), 'updated_at', updated_at)"


def all_rates() -> bytes | None:
    """Every rate, by currency."""
    return db.read_json(f"select coalesce(json_agg({_RATE} order by currency), '[]')::text from exchange_rates")  # noqa: S608 - a constant


def all_tiers() -> bytes | None:
    """Every tier, the lowest first."""
    return db.read_json(
        """
        select coalesce(json_agg(json_build_object(
            'code', code, 'name_en', name_en, 'name_ar', name_ar, 'threshold', threshold,
            'multiplier', trim_scale(multiplier), 'cashback_rate', trim_scale(cashback_rate)
            ) order by threshold), '[]')::text
        from tiers
        """
    )


@db.in_transaction
def set_rate(tx: Transaction, actor: Actor, currency: str, rate: Decimal) -> bytes:
    """Let orders in a currency earn at this rate from now on. Raises NotFound for what is no currency, and Invalid."""
    if currency not in DECIMALS:
        raise NotFound("There is no such currency; use an ISO 4217 code such as USD")
    if currency == config().loyalty.currency:
        raise Invalid.field(["path", "currency"], "is the currency of balances itself")
    before = tx.row("select rate from exchange_rates where currency = :currency for update", currency=currency)
    written = tx.json(
        f"""
        insert into exchange_rates (currency, rate, updated_by_user_id) values (:currency, :rate, :actor_id)
        on conflict (currency) do update set rate = excluded.rate, updated_by_user_id = excluded.updated_by_user_id,
                                             updated_at = now()
        returning {_RATE}::text
        """,  # noqa: S608 - a constant
        currency=currency,
        rate=rate,
        actor_id=actor.user_id,
    )
    _record(tx, actor, "set-rate", currency, before[0] if before else None, rate)
    return written


@db.in_transaction
def remove_rate(tx: Transaction, actor: Actor, currency: str) -> None:
    """Let orders in a currency earn nothing from now on. Raises NotFound where it has no rate."""
    row = tx.row("delete from exchange_rates where currency = :currency returning rate", currency=currency)
    if row is None:
        raise NotFound("There is no rate for this currency")
    _record(tx, actor, "remove-rate", currency, row[0], None)


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
