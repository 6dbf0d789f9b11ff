"""The smallest amount that the gateway takes, and what is left of an order below it, which nobody could pay there."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from lib.config import config
from lib.db import Transaction
from lib.errors import Invalid
from lib.money import DECIMALS
from lib.orders.locks import LockedOrder
from lib.payments.comparing import CONVERTED_TO
from lib.payments.rates import likely_rate

# "Amount must be bigger than 5 EGP" is its answer (422), in whatever currency it is asked for.
MORE_THAN = Decimal(5)
# It converts at a rate of its own and of that moment, so in other currencies somewhat more is asked for.
_ROOM_FOR_RATES = Decimal("1.05")


def smallest_payable(tx: Transaction, currency: str) -> Decimal:
    """The smallest amount that the gateway takes, in major units of a currency; 0 if nobody knows its rate.

    What nobody knows is left to the gateway, which then refuses the attempt.
    """
    unit = Decimal(1).scaleb(-DECIMALS[currency])
    if currency == CONVERTED_TO:
        return MORE_THAN + unit
    rate = likely_rate(tx, currency)
    if rate is None:
        return Decimal(0)
    return (MORE_THAN * _ROOM_FOR_RATES / rate).quantize(unit, ROUND_CEILING)


def leaves_too_little(tx: Transaction, currency: str, remaining: Decimal, from_balances: Decimal) -> bool:
    """Whether balances that pay so much of what remains would leave an amount that the gateway does not take."""
    left = remaining - from_balances
    return 0 < left < smallest_payable(tx, currency)


def refuse_small_remainder(tx: Transaction, order: LockedOrder, from_balances: Decimal, field: str | None = None) -> None:
    """Raise Invalid if so much from balances leaves an amount of a locked order that the gateway does not take.

    The error says what may be used instead. `field`: the field of the body that says how much is used.
    """
    if leaves_too_little(tx, order.currency, order.remaining, from_balances):
        raise Invalid.field(["body", field] if field else ["body"], _advice(tx, order, from_balances), "below_minimum")


def _advice(tx: Transaction, order: LockedOrder, from_balances: Decimal) -> str:
    currency, remaining, smallest = order.currency, order.remaining, smallest_payable(tx, order.currency)
    left = remaining - from_balances
    all_of_it = f"all of {remaining} {currency}"
    text = f"the remainder of {left} {currency} is under the payment gateway's minimum of {smallest} {currency}; "
    loyalty = config().loyalty
    if currency != loyalty.currency:
        return f"{text}our staff can take it by hand"
    usable = remaining - smallest
    if usable < 0:
        return f"{text}pay {all_of_it} from wallet, points or cashback, or let our staff take it by hand"
    points = (usable / loyalty.point_value).to_integral_value(ROUND_FLOOR)
    return f"{text}use at most {usable} {currency} of balances ({points} points), or enough for {all_of_it}"
