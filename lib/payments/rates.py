"""The rates at which staff expect the gateway to convert other currencies to EGP. They decide where nothing else is known.

Rates at which orders earn are others (functions/loyalty/rates.py): those are worth of balances, and staff may round them.
"""

from decimal import Decimal
from uuid import UUID, uuid5

from lib import audit, db
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import Invalid, NotFound
from lib.money import DECIMALS
from lib.payments.comparing import CONVERTED_TO, UNCONVERTED

# The audit log refers to what was changed by a UUID, so a currency's UUID is made from its code.
_CURRENCIES = UUID("0d3f2a7c-58b1-4c55-9d0e-3c0c6b6c2f41")


def current_rate(tx: Transaction, currency: str) -> Decimal | None:
    """What one unit of a currency comes to in EGP, by the newest rate of the last seven days; None if there is none."""
    return tx.first_value(Decimal, "select rate from current_gateway_rates where currency = :currency", currency=currency)


def likely_rate(tx: Transaction, currency: str) -> Decimal | None:
    """What one unit of a currency may come to in EGP, by the newest that staff have set or the gateway has told.

    It may be old: it tells how large an amount is, and whether money is all there is never decided by it. None: nobody
    knows. Rates near 1 and below count for nothing: those are amounts that were told without being converted.
    """
    sql = """
        select rate from (
            (select rate, created_at from gateway_rates where currency = :currency order by created_at desc, id desc limit 1)
            union all
            (select expected_total / amount, created_at from payments
             where currency = :currency and currency <> 'EGP' and expected_currency = 'EGP'
             order by created_at desc limit 1)
        ) known where rate > :least::numeric order by created_at desc limit 1
        """
    return tx.first_value(Decimal, sql, currency=currency, least=UNCONVERTED[1])


@db.in_transaction
def set_rate(tx: Transaction, actor: Actor, currency: str, rate: Decimal) -> None:
    """Set what one unit of a currency comes to in EGP. Raises NotFound for an unknown currency, and Invalid for EGP."""
    if currency not in DECIMALS:
        raise NotFound("There is no such currency; use an ISO 4217 code such as USD")
    if currency == CONVERTED_TO:
        raise Invalid.field(["path", "currency"], "is the currency to which the gateway converts")
    before = current_rate(tx, currency)
    tx.run(
        "insert into gateway_rates (currency, rate, set_by_user_id) values (:currency, :rate, :actor_id)",
        currency=currency,
        rate=rate,
        actor_id=actor.user_id,
    )
    audit.record(
        tx,
        actor,
        "set-gateway-rate",
        "gateway-rate",
        uuid5(_CURRENCIES, currency),
        before={"currency": currency, "rate": before},
        after={"currency": currency, "rate": rate},
    )
