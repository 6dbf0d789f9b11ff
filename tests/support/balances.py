"""What a customer has: given straight through the ledger, and read as it stands there."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from lib import db
from lib.db import Transaction
from lib.ledger import lots
from lib.ledger.posting import POINTS, Account, Kind, Move, Posting, Words, post

CURRENCY = "EGP"


@dataclass(frozen=True)
class Balances:
    """What is free and what is held; points are whole."""

    wallet: str = "0.00"
    cashback: str = "0.00"
    points: int = 0
    held: str = "0.00"
    points_held: int = 0


@db.in_transaction
def give(tx: Transaction, user_id: str, *, wallet: str = "0", cashback: str = "0", points: int = 0) -> None:
    """Give a customer so much of each."""
    _post(tx, user_id, "DEPOSIT", Move("DESK", "WALLET", Decimal(wallet), CURRENCY))
    _post(tx, user_id, "DEPOSIT", Move("DESK", "CASHBACK", Decimal(cashback), CURRENCY))
    posted = _post(tx, user_id, "EARN_POINTS", Move("POINTS_ISSUED", "POINTS", Decimal(points), POINTS))
    if posted is not None:
        lots.open_lot(tx, UUID(user_id), posted, points, None)


def _post(tx: Transaction, user_id: str, kind: Kind, move: Move) -> UUID | None:
    return post(tx, Posting(f"given:{uuid.uuid4()}", kind, UUID(user_id), [move], Words("Given", "منحة")))


def balances(user_id: str) -> Balances:
    """What a customer has now."""
    found = {
        kind: Decimal(balance)
        for kind, balance in db.read("select kind, balance from ledger_accounts where user_id = :id", id=UUID(user_id))
    }

    def of(account: Account) -> Decimal:
        return found.get(account, Decimal(0)).quantize(Decimal("0.01"))

    return Balances(
        wallet=str(of("WALLET")),
        cashback=str(of("CASHBACK")),
        points=int(of("POINTS")),
        held=str(of("WALLET_HELD") + of("CASHBACK_HELD")),
        points_held=int(of("POINTS_HELD")),
    )
