"""Divides a refund into parts. Each part takes an amount from one source of one payment to one destination."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal
from uuid import UUID

from lib.errors import Invalid

Destination = Literal["wallet", "gateway"]
PartSource = Literal["POINTS", "CASHBACK", "WALLET", "GATEWAY", "MANUAL"]
PartDestination = Literal["POINTS", "CASHBACK", "WALLET", "GATEWAY"]
Balance = Literal["POINTS", "CASHBACK", "WALLET"]

# Balances are refunded first, each to itself, in the order in which paying uses them.
_BALANCES: tuple[Balance, ...] = ("POINTS", "CASHBACK", "WALLET")


@dataclass(frozen=True, kw_only=True)
class Paid:
    """What a payment paid from one source, and how much of that refunds have taken; all amounts in one currency.

    `invoice_id`: the gateway's invoice through which it can be refunded, if it can.
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
        """What can still be refunded."""
        return self.amount - self.taken


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a refund. `invoice_id`: the gateway's invoice, if the gateway sends this part."""

    payment_id: UUID
    source: PartSource
    destination: PartDestination
    amount: Decimal
    points: int = 0
    hold_id: UUID | None = None
    invoice_id: str | None = None


def left_of(paid: Sequence[Paid]) -> Decimal:
    """The sum of what can still be refunded."""
    return sum((one.left for one in paid), Decimal(0))


def allocate(
    paid: Sequence[Paid], amount: Decimal, currency: str, destination: Destination, *, wallet_currency: str
) -> list[Part]:
    """The parts of a refund of `amount`, which is at most what is left of `paid`. `paid` has the oldest payments first.

    `wallet_currency`: the only currency of wallets. Raises Invalid, which says how much can go to this destination.
    """
    parts: list[Part] = []
    remaining = amount
    for balance in _BALANCES:
        for one in paid:
            if one.source == balance and (share := min(one.left, remaining)) > 0:
                parts.append(_back_to_balance(one, balance, share))
                remaining -= share
    if remaining == 0:
        return parts
    money = [one for one in paid if one.source in ("GATEWAY", "MANUAL") and one.left > 0]
    if destination == "gateway":
        return [*parts, _to_gateway(money, currency, amount=amount, remaining=remaining)]
    return parts + _to_wallet(money, remaining, currency, wallet_currency)


def _back_to_balance(one: Paid, balance: Balance, share: Decimal) -> Part:
    # The rounding is done on the sum so far, so that the points of all refunds add up exactly to those that were spent.
    so_far = (one.points * (one.taken + share) / one.amount).to_integral_value(ROUND_HALF_UP)
    points = int(so_far) - one.points_taken if balance == "POINTS" else 0
    return Part(
        payment_id=one.payment_id, source=balance, destination=balance, amount=share, points=points, hold_id=one.hold_id
    )


def _to_gateway(money: Sequence[Paid], currency: str, *, amount: Decimal, remaining: Decimal) -> Part:
    """One part from one payment. Two payments would need two calls, and the second could fail after the first succeeded."""
    refundable = [one for one in money if one.invoice_id is not None]
    for one in refundable:
        if one.left >= remaining:
            return Part(
                payment_id=one.payment_id,
                source=one.source,
                destination="GATEWAY",
                amount=remaining,
                invoice_id=one.invoice_id,
            )
    most = max((one.left for one in refundable), default=Decimal(0))
    if left_of(refundable) >= remaining:
        at_once = amount - remaining + most
        reason = f"at most {at_once} {currency} at once: a refund goes back by one payment, refund the rest after it"
    else:
        reason = (
            f"of the {remaining} {currency} in money only {left_of(refundable)} can go back by the gateway; use the wallet"
        )
    raise Invalid.field(["body", "amount"], reason)


def _to_wallet(money: Sequence[Paid], remaining: Decimal, currency: str, wallet_currency: str) -> list[Part]:
    if currency != wallet_currency:
        raise Invalid.field(
            ["body", "destination"], f"wallets are kept in {wallet_currency}; {currency} can go to the gateway alone"
        )
    parts: list[Part] = []
    for one in money:
        if share := min(one.left, remaining):
            parts.append(Part(payment_id=one.payment_id, source=one.source, destination="WALLET", amount=share))
            remaining -= share
    return parts
