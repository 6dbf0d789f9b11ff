"""Divides a refund into parts. Each part takes an amount from one source of one payment to one destination."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Literal
from uuid import UUID

from lib.errors import Invalid
from lib.fawaterk.refunds import SMALLEST_REFUND, RefundKind
from lib.money import DECIMALS, rounded

# manual: an administrator has given it back by hand, and says how in a note.
Destination = Literal["wallet", "gateway", "manual"]
PartSource = Literal["POINTS", "CASHBACK", "WALLET", "GATEWAY", "MANUAL"]
PartDestination = Literal["POINTS", "CASHBACK", "WALLET", "GATEWAY", "MANUAL"]
Balance = Literal["POINTS", "CASHBACK", "WALLET"]

# Balances are refunded first, each to itself, in the order in which paying uses them.
_BALANCES: tuple[Balance, ...] = ("POINTS", "CASHBACK", "WALLET")


@dataclass(frozen=True, kw_only=True)
class Paid:
    """What a payment paid from one source, and how much of that refunds have taken; all amounts in one currency.

    `invoice_id`, `transaction_id`: by which the gateway can refund it, if it can. `held_amount` in `held_currency`: what the
    gateway holds for the `received` money, and how much of that it was asked to send back (`asked_back`).
    """

    payment_id: UUID
    source: PartSource
    amount: Decimal
    taken: Decimal = Decimal(0)
    points: int = 0
    points_taken: int = 0
    hold_id: UUID | None = None
    invoice_id: str | None = None
    transaction_id: str | None = None
    held_currency: str | None = None
    held_amount: Decimal | None = None
    received: Decimal | None = None
    asked_back: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        """What can still be refunded."""
        return self.amount - self.taken


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of a refund. `refundable_id`: of what the gateway sends it, if it does, and how much in what it holds."""

    payment_id: UUID
    source: PartSource
    destination: PartDestination
    amount: Decimal
    points: int = 0
    hold_id: UUID | None = None
    kind: RefundKind = "INVOICE"
    refundable_id: str | None = None
    gateway_amount: Decimal | None = None
    gateway_currency: str | None = None


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
    if destination == "wallet" and currency != wallet_currency:
        raise Invalid.field(
            ["body", "destination"],
            f"wallets are kept in {wallet_currency}; {currency} can go back by the gateway, or by hand (manual)",
        )
    return parts + _divide(money, remaining, "WALLET" if destination == "wallet" else "MANUAL")


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
            asked, held_currency = amount_to_ask(one, remaining, currency)
            return Part(
                payment_id=one.payment_id,
                source=one.source,
                destination="GATEWAY",
                amount=remaining,
                kind="TRANSACTION" if one.transaction_id else "INVOICE",
                refundable_id=one.transaction_id or one.invoice_id,
                gateway_amount=asked,
                gateway_currency=held_currency,
            )
    most = max((one.left for one in refundable), default=Decimal(0))
    if left_of(refundable) >= remaining:
        at_once = amount - remaining + most
        reason = f"at most {at_once} {currency} at once: a refund goes back by one payment, refund the rest after it"
    else:
        reason = (
            f"of the {remaining} {currency} in money only {left_of(refundable)} can go back by the gateway; "
            "use the wallet, or give it back by hand (manual)"
        )
    raise Invalid.field(["body", "amount"], reason)


def amount_to_ask(one: Paid, share: Decimal, currency: str) -> tuple[Decimal, str]:
    """What to ask the gateway for, in the currency in which it holds the money. Raises Invalid if it can't be asked.

    The gateway's call names no currency. So of converted money only a figure is asked for that is above all of the money in
    its own currency: if the gateway counted in that, it would refuse, and not send another amount.
    """
    if one.held_currency is None or one.held_amount is None or not one.received:
        raise Invalid.field(
            ["body", "destination"],
            "the gateway has not told in which currency it holds this money; give it back by hand (manual)",
        )
    asked = share
    if one.held_currency != currency:
        unit = Decimal(1).scaleb(-DECIMALS[one.held_currency])
        most = one.held_amount.quantize(unit, ROUND_DOWN) - one.asked_back
        asked = min(rounded(share * one.held_amount / one.received, one.held_currency), most)
        if asked <= one.received:
            raise Invalid.field(
                ["body", "amount"],
                f"is {asked} {one.held_currency} at the gateway, which could take so small a figure for {currency}; "
                "refund more at once, or give it back by hand (manual)",
            )
    if asked < SMALLEST_REFUND:
        raise Invalid.field(
            ["body", "amount"],
            f"is {asked} {one.held_currency} by the gateway, which sends back {SMALLEST_REFUND} at least; "
            "use the wallet, or give it back by hand (manual)",
        )
    return asked, one.held_currency


def _divide(money: Sequence[Paid], remaining: Decimal, destination: PartDestination) -> list[Part]:
    parts: list[Part] = []
    for one in money:
        if share := min(one.left, remaining):
            parts.append(Part(payment_id=one.payment_id, source=one.source, destination=destination, amount=share))
            remaining -= share
    return parts
