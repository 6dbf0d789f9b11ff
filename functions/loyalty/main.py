"""The loyalty function: wallet, points and cashback, for customers and for the staff who look after them."""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.loyalty import cashback, deciding, points, rates, wallet
from functions.loyalty.schemas import (
    CashbackBalance,
    CashbackForStaff,
    CashbackRecord,
    CashbackSummary,
    CashbackWithdrawal,
    CashbackWithdrawn,
    DeskMovement,
    Moved,
    NewRate,
    PaidFromWallet,
    PointsAccount,
    PointsTransaction,
    Rate,
    Redeemed,
    Redemption,
    Rejection,
    Tier,
    WaitingQuery,
    Wallet,
    WalletBalance,
    WalletPayment,
    WalletTransaction,
    WhoseWallet,
)
from lib.web import ADMIN, SIGNED_IN, STAFF, Answer, Api, Call, PageQuery
from lib.web.service import add_health

api = Api("loyalty", "Wallet, points, cashback")
add_health(api)


@api.get("/api/wallet/me", who=SIGNED_IN, answer=Wallet)
def get_wallet(call: Call) -> bytes | None:
    """The caller's wallet."""
    return wallet.my_wallet(call.caller.user_id)


@api.get("/api/wallet/me/balance", who=SIGNED_IN, answer=WalletBalance)
def get_wallet_balance(call: Call) -> bytes | None:
    """What is free in the caller's wallet."""
    return wallet.my_balance(call.caller.user_id)


@api.get("/api/wallet/me/transactions", who=SIGNED_IN, answer=list[WalletTransaction])
def list_wallet_transactions(call: Call, query: PageQuery) -> Answer:
    """What moved the caller's wallet, newest first."""
    return wallet.my_transactions(call, query)


@api.post("/api/wallet/me/pay", who=SIGNED_IN, answer=PaidFromWallet, problems=(404, 409))
def pay_from_wallet(call: Call, body: WalletPayment) -> bytes:
    """Pay one's own order or booking, or a part of it, from the wallet at once."""
    return wallet.pay_from_wallet(call.caller.user_id, body)


@api.post("/api/wallet/deposit", who=ADMIN, answer=Moved, problems=(404,))
def deposit(call: Call, query: WhoseWallet, body: DeskMovement) -> bytes:
    """Put money into a customer's wallet."""
    return wallet.deposit(call.actor, query.user_id, body)


@api.post("/api/wallet/withdraw", who=ADMIN, answer=Moved, problems=(404, 409))
def withdraw(call: Call, query: WhoseWallet, body: DeskMovement) -> bytes:
    """Take money out of a customer's wallet."""
    return wallet.withdraw(call.actor, query.user_id, body)


@api.get("/api/points/me", who=SIGNED_IN, answer=PointsAccount)
def get_points(call: Call) -> bytes | None:
    """The caller's points and tier."""
    return points.my_points(call.caller.user_id)


@api.get("/api/points/me/transactions", who=SIGNED_IN, answer=list[PointsTransaction])
def list_points_transactions(call: Call, query: PageQuery) -> Answer:
    """What moved the caller's points, newest first."""
    return points.my_transactions(call, query)


@api.post("/api/points/me/redeem", who=SIGNED_IN, answer=Redeemed, problems=(404, 409))
def redeem_points(call: Call, body: Redemption) -> bytes:
    """Redeem points off one's own order or booking, or into the wallet."""
    return points.redeem(call.caller.user_id, body)


@api.get("/api/cashback/me", who=SIGNED_IN, answer=list[CashbackRecord])
def list_cashback(call: Call, query: PageQuery) -> Answer:
    """What the caller's orders have earned, newest first."""
    return cashback.my_records(call, query)


@api.get("/api/cashback/me/records", who=SIGNED_IN, answer=list[CashbackRecord])
def list_cashback_records(call: Call, query: PageQuery) -> Answer:
    """The same, for apps that ask here."""
    return cashback.my_records(call, query)


@api.get("/api/cashback/me/balance", who=SIGNED_IN, answer=CashbackBalance)
def get_cashback_balance(call: Call) -> bytes | None:
    """What of the caller's cashback can be used."""
    return cashback.my_balance(call.caller.user_id)


@api.get("/api/cashback/me/summary", who=SIGNED_IN, answer=CashbackSummary)
def get_cashback_summary(call: Call) -> bytes | None:
    """The caller's cashback by how far it is."""
    return cashback.my_summary(call.caller.user_id)


@api.post("/api/cashback/withdraw", who=SIGNED_IN, answer=CashbackWithdrawn, problems=(409,))
def withdraw_cashback(call: Call, body: CashbackWithdrawal) -> bytes:
    """Move cashback into the wallet."""
    return cashback.withdraw(call.caller.user_id, body)


@api.get("/api/cashback/pending", who=ADMIN, answer=list[CashbackForStaff])
def list_waiting_cashback(call: Call, query: WaitingQuery) -> Answer:
    """Everybody's cashback that waits to be approved or credited, newest first."""
    return deciding.waiting(call, query)


@api.post("/api/cashback/{record_id}/approve", who=ADMIN, answer=CashbackForStaff, problems=(409,))
def approve_cashback(call: Call, record_id: UUID) -> bytes:
    """Approve a cashback: it may be credited before its refund window has closed."""
    return deciding.approve(call.actor, record_id)


@api.post("/api/cashback/{record_id}/credit", who=ADMIN, answer=CashbackForStaff, problems=(409,))
def credit_cashback(call: Call, record_id: UUID) -> bytes:
    """Credit an approved cashback now."""
    return deciding.credit_by_hand(call.actor, record_id)


@api.post("/api/cashback/{record_id}/reject", who=ADMIN, answer=CashbackForStaff, problems=(409,))
def reject_cashback(call: Call, record_id: UUID, body: Rejection) -> bytes:
    """Give no cashback, and say why."""
    return deciding.reject(call.actor, record_id, body.reason)


@api.get("/api/loyalty/tiers", who=SIGNED_IN, answer=list[Tier])
def list_tiers() -> bytes | None:
    """What reaching so many points brings."""
    return rates.all_tiers()


@api.get("/api/loyalty/rates", who=STAFF, answer=list[Rate])
def list_rates() -> bytes | None:
    """What other currencies count for when an order earns."""
    return rates.all_rates()


@api.put("/api/loyalty/rates/{currency}", who=ADMIN, answer=Rate)
def set_rate(call: Call, currency: str, body: NewRate) -> bytes:
    """Let orders in this currency earn at a rate."""
    return rates.set_rate(call.actor, currency, body.rate)


@api.delete("/api/loyalty/rates/{currency}", who=ADMIN, status=204)
def remove_rate(call: Call, currency: str) -> None:
    """Let orders in this currency earn nothing."""
    rates.remove_rate(call.actor, currency)


loyalty = api.function()
