"""What of an order's payments is left to go back, and which parts of it a refund has."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal
from uuid import UUID

from lib.config import config
from lib.errors import Invalid

Destination = Literal["wallet", "gateway"]
PartSource = Literal["POINTS", "CASHBACK", "WALLET", "GATEWAY", "MANUAL"]
PartDestination = Literal["POINTS", "CASHBACK", "WALLET", "GATEWAY"]
Balance = Literal["POINTS", "CASHBACK", "WALLET"]

# Balances go back first, and where they came from, in the order in which they were used.
_BALANCES: tuple[Balance, ...] = ("POINTS", "CASHBACK", "WALLET")


@dataclass(frozen=True)
class Paid:
    """What a payment paid from one source, and what of it refunds have taken; amounts in one currency.

    `invoice_id`: the gateway's invoice that it came by and can go back by, if it can.
    """

    payment_id: UUID
    source: PartSource
    amount: Decimal
    taken: Decimal = Decimal(0)
    points: int = 0
    points_taken: int = 0
    hold_id: UUID | None = None
    invoice_id: str | None = None

    @property
    def left(self) -> Decimal:
        """What can still go back."""
        return self.amount - self.taken


@dataclass(frozen=True)
class Part:
    """So much of a refund, from one source of one payment to one place; `invoice_id` where the gateway sends it."""

    payment_id: UUID
    source: PartSource
    destination: PartDestination
    amount: Decimal
    points: int = 0
    hold_id: UUID | None = None
    invoice_id: str | None = None


def left_of(paid: Sequence[Paid]) -> Decimal:
    """All that can still go back."""
    return sum((one.left for one in paid), Decimal(0))


def allocate(paid: Sequence[Paid], amount: Decimal, currency: str, destination: Destination) -> list[Part]:
    """The parts of a refund of so much of what was paid, oldest payments first; `amount` is at most what is left.

    Raises Invalid, which says how much can go where it is to go.
    """
    parts: list[Part] = []
    rest = amount
    for balance in _BALANCES:
        for one in paid:
            if one.source == balance and (share := min(one.left, rest)) > 0:
                parts.append(_back_to_balance(one, balance, share))
                rest -= share
    if rest == 0:
        return parts
    money = [one for one in paid if one.source in ("GATEWAY", "MANUAL") and one.left > 0]
    if destination == "gateway":
        return [*parts, _to_gateway(money, amount, rest, currency)]
    return parts + _to_wallet(money, rest, currency)


def _back_to_balance(one: Paid, balance: Balance, share: Decimal) -> Part:
    # The difference of two rounded sums, so that the points of all parts add up to those that were spent.
    so_far = (one.points * (one.taken + share) / one.amount).to_integral_value(ROUND_HALF_UP)
    points = int(so_far) - one.points_taken if balance == "POINTS" else 0
    return Part(one.payment_id, balance, balance, share, points, one.hold_id)


def _to_gateway(money: Sequence[Paid], amount: Decimal, rest: Decimal, currency: str) -> Part:
    """One part by one payment: each is a call of its own, and of two the second could fail when the first is done."""
    able = [one for one in money if one.invoice_id is not None]
    for one in able:
        if one.left >= rest:
            return Part(one.payment_id, one.source, "GATEWAY", rest, invoice_id=one.invoice_id)
    most = max((one.left for one in able), default=Decimal(0))
    if left_of(able) >= rest:
        reason = (
            f"at most {amount - rest + most} {currency} at once: a refund goes back by one payment, refund the rest after it"
        )
    else:
        reason = f"of the {rest} {currency} in money only {left_of(able)} can go back by the gateway; use the wallet"
    raise Invalid.field(["body", "amount"], reason)


def _to_wallet(money: Sequence[Paid], rest: Decimal, currency: str) -> list[Part]:
    if currency != config().loyalty.currency:
        raise Invalid.field(
            ["body", "destination"],
            f"wallets are kept in {config().loyalty.currency}; {currency} can go to the gateway alone",
        )
    parts: list[Part] = []
    for one in money:
        if share := min(one.left, rest):
            parts.append(Part(one.payment_id, one.source, "WALLET", share))
            rest -= share
    return parts
