"""However a paid order is refunded, step by step, its parts add up to what was paid, and no more."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.errors import Invalid
from lib.refunds.allocating import Destination, Paid, Part, allocate, left_of

amounts = st.decimals("0.01", "500", places=2)
points = st.builds(
    lambda amount, count: Paid(payment_id=uuid4(), source="POINTS", amount=amount, points=count, hold_id=uuid4()),
    amounts,
    st.integers(1, 100_000),
)
balances = st.builds(
    lambda source, amount: Paid(payment_id=uuid4(), source=source, amount=amount, hold_id=uuid4()),
    st.sampled_from(["CASHBACK", "WALLET"]),
    amounts,
)
money = st.builds(
    lambda amount, invoice_id: Paid(
        payment_id=uuid4(),
        source="GATEWAY" if invoice_id else "MANUAL",
        amount=amount,
        invoice_id=invoice_id,
        held_currency="EGP" if invoice_id else None,
        held_amount=amount,
        received=amount,
    ),
    amounts,
    st.one_of(st.none(), st.just("1000430")),
)


def after(paid: Sequence[Paid], parts: Sequence[Part]) -> list[Paid]:
    """What was paid, with these parts taken of it."""
    taken = list(paid)
    for part in parts:
        (place,) = [i for i, one in enumerate(taken) if (one.payment_id, one.hold_id) == (part.payment_id, part.hold_id)]
        taken[place] = replace(
            taken[place], taken=taken[place].taken + part.amount, points_taken=taken[place].points_taken + part.points
        )
    return taken


@settings(deadline=None)
@given(
    st.lists(st.one_of(points, balances, money), min_size=1, max_size=6),
    st.lists(st.tuples(st.decimals("0.01", "1", places=2), st.sampled_from(["wallet", "gateway", "manual"])), max_size=8),
)
def test_parts_add_up_whatever_the_steps(paid: list[Paid], steps: list[tuple[Decimal, Destination]]) -> None:
    for share, destination in [*steps, (Decimal(1), "wallet")]:
        left = left_of(paid)
        amount = max((left * share).quantize(Decimal("0.01")), Decimal("0.01"))
        if left == 0:
            break
        try:
            parts = allocate(paid, amount, "EGP", destination, wallet_currency="EGP")
        except Invalid:
            assert destination == "gateway"
            continue
        assert sum(part.amount for part in parts) == amount
        assert all(part.amount > 0 and part.points >= 0 for part in parts)
        assert sum(part.destination == "GATEWAY" for part in parts) <= (destination == "gateway")
        assert all(part.refundable_id for part in parts if part.destination == "GATEWAY")
        paid = after(paid, parts)
        assert all(one.left >= 0 for one in paid)
    assert left_of(paid) == 0
    assert all(one.points_taken == one.points for one in paid)


def test_a_refund_says_how_much_can_go_where_it_is_to_go() -> None:
    at_the_desk = Paid(payment_id=uuid4(), source="MANUAL", amount=Decimal(100))
    by_gateway = [
        Paid(
            payment_id=uuid4(),
            source="GATEWAY",
            amount=Decimal(amount),
            invoice_id=str(amount),
            held_currency="EGP",
            held_amount=Decimal(amount),
            received=Decimal(amount),
        )
        for amount in (30, 50)
    ]
    from_wallet = Paid(payment_id=uuid4(), source="WALLET", amount=Decimal(10), hold_id=uuid4())
    paid = [at_the_desk, *by_gateway, from_wallet]

    with pytest.raises(Invalid, match=r"of the 90 EGP in money only 80 can go back by the gateway"):
        allocate(paid, Decimal(100), "EGP", "gateway", wallet_currency="EGP")
    with pytest.raises(Invalid, match=r"at most 60 EGP at once"):
        allocate(paid, Decimal(90), "EGP", "gateway", wallet_currency="EGP")
    with pytest.raises(Invalid, match=r"destination: wallets are kept in EGP"):
        allocate(paid, Decimal(90), "USD", "wallet", wallet_currency="EGP")
    assert [part.refundable_id for part in allocate(paid, Decimal(60), "EGP", "gateway", wallet_currency="EGP")] == [
        None,
        "50",
    ]
