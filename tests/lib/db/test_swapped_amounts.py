"""mypy sees two amounts that were swapped: they have names wherever a row or a use case takes more than one of them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

GIVEN = """
from decimal import Decimal
from uuid import UUID
from lib.db import Transaction
from lib.fawaterk.models import Received
from lib.holds.records import Hold
from lib.holds.splitting import BalanceLimits, Split
from lib.loyalty.records import LockedCashback, NewCashback
from lib.loyalty.taking_back import TakenBack
from lib.loyalty.tiers import EarningTerms
from lib.orders.locks import LockedOrder
from lib.orders.totals import totals
from lib.payments import inserting
from lib.payments import records as payments
from lib.payments.locks import LockedPayment
from lib.payments.settling import Receipt
from lib.refunds import records as refunds
from lib.refunds.allocating import Paid, Part
from lib.refunds.records import LockedRefund, NewRefund

a: Decimal
b: Decimal
c: Decimal
d: Decimal
one: UUID
tx: Transaction
order: LockedOrder
payment: LockedPayment
refund: LockedRefund
received: Received
"""
BY_POSITION = [
    "Split(1, 2, 3)",
    "Split(100, a, b, c)",
    "BalanceLimits(100, a, b)",
    'LockedOrder(one, "ORD-1", one, "ISSUED", "UNPAID", "EGP", a, b, c, d, None, False)',
    (
        'LockedPayment(one, "PAY-1", "ORDER", "PENDING", "EGP", None, a, "EGP", None, None, None, None, None, None, 0, '
        "a, b, c, d, a)"
    ),
    'Hold(one, "WALLET", a, 0, None, False)',
    "Receipt(received, a)",
    'Paid(one, "WALLET", a, b)',
    'Part(one, "WALLET", "WALLET", a)',
    'NewCashback(a, b, c, "EGP", 14)',
    'LockedCashback(one, one, one, "PENDING", "EGP", a, b)',
    "TakenBack(1, a)",
    "EarningTerms(a, b, c, 0)",
    'NewRefund(None, a, "EGP", "why", "wallet", [], one, None)',
    'LockedRefund(one, "RFD-1", None, "EGP", "PENDING", a)',
    'totals([(a, b)], a, b, "EGP", False)',
    'inserting.insert_attempt(tx, order, Split(), a, 2, "Card")',
    "payments.mark_paid(tx, payment, received, None, None, a)",
    "refunds.write_taken_back(tx, refund, 1, a)",
]
# A name does not help where points are taken for money.
OF_THE_WRONG_KIND = [
    "Split(points=a)",
    "BalanceLimits(points=a)",
    "payments.apply_received(tx, payment, received)",
    "refunds.write_taken_back(tx, refund, points=a, cashback=b)",
    "payments.mark_paid(tx, payment, a, told=None, paid_at=None, applied=received)",
]
BY_NAME = [
    "Split(points=100, points_value=a, cashback=b, wallet=c)",
    "BalanceLimits(points=100, cashback=a, wallet=b)",
    "Receipt(received=received, counted=a)",
    'NewCashback(total=a, rate=b, amount=c, currency="EGP", due_in_days=14)',
    'totals([(a, b)], tax_rate=a, discount_amount=b, currency="EGP", is_free=False)',
    'inserting.insert_attempt(tx, order, Split(), amount=a, method_id=2, method_name="Card")',
]
CALLS = [*BY_POSITION, *OF_THE_WRONG_KIND, *BY_NAME]


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The calls in which mypy, as this project has it, sees an error; all of them in one run."""
    program = tmp_path_factory.mktemp("calls") / "calls.py"
    program.write_text(GIVEN + "\n".join(CALLS) + "\n", encoding="utf-8")
    command = ["-m", "mypy", "--config-file", "pyproject.toml", "--follow-imports", "silent", str(program)]
    told = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - mypy
    assert told.returncode in (0, 1), told.stdout + told.stderr
    first = len(GIVEN.splitlines()) + 1
    lines = {int(number) for number in re.findall(r"calls\.py:(\d+): error", told.stdout)}
    assert min(lines, default=first) >= first, told.stdout
    return {CALLS[line - first] for line in lines}


@pytest.mark.parametrize("call", [*BY_POSITION, *OF_THE_WRONG_KIND])
def test_amounts_that_could_be_swapped_are_an_error(refused: set[str], call: str) -> None:
    assert call in refused


@pytest.mark.parametrize("call", BY_NAME)
def test_amounts_that_are_named_are_none(refused: set[str], call: str) -> None:
    assert call not in refused
