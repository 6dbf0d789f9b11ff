"""The loyalty function: wallet, points and cashback, for customers and for the staff who look after them."""

import sys
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.loyalty import changing, deciding, histories, points, queries, rates, wallet, withdrawals
from functions.loyalty.schemas import (
    CashbackBalance,
    CashbackForStaff,
    CashbackRecord,
    CashbackSummary,
    CashbackWithdrawal,
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
    WithdrawalRequested,
)
from functions.loyalty.staff_schemas import (
    CashbackAdded,
    CashbackChange,
    CashbackHistory,
    CashbackHistoryRow,
    CashbackRemoved,
    HistoryQuery,
    PointsChange,
    PointsChanged,
    PointsHistory,
    PointsHistoryRow,
    SignedWalletTransaction,
    WalletHistory,
    Wallets,
    WithdrawalApproved,
    WithdrawalRejected,
    WithdrawalRequest,
    WithdrawalRequestsQuery,
)
from lib.approvals.schemas import PendingApproval
from lib.web import ADMIN, SIGNED_IN, STAFF, Api, Call, Response, WholeListQuery
from lib.web.service import add_health

api = Api("loyalty", "Wallet, points, cashback")
add_health(api)
WAITS = {202: PendingApproval}


@api.get("/api/wallet/me", roles=SIGNED_IN, response=Wallet)
def get_wallet(call: Call) -> bytes:
    """The caller's wallet."""
    return queries.wallet(call.caller)


@api.get("/api/wallet/me/balance", roles=SIGNED_IN, response=WalletBalance)
def get_wallet_balance(call: Call) -> bytes:
    """What is free in the caller's wallet."""
    return queries.wallet_balance(call.caller)


@api.get("/api/wallet/me/transactions", roles=SIGNED_IN, response=list[WalletTransaction])
def list_wallet_transactions(call: Call, query: WholeListQuery) -> Response:
    """What moved the caller's wallet, newest first."""
    return queries.wallet_transactions(call, query)


@api.post("/api/wallet/me/pay", roles=SIGNED_IN, response=PaidFromWallet, problems=(404, 409))
def pay_from_wallet(call: Call, body: WalletPayment) -> bytes:
    """Pay one's own order or booking, or a part of it, from the wallet at once."""
    return queries.paid_from_wallet(wallet.pay_from_wallet(call.caller.user_id, body))


@api.post("/api/wallet/deposit", roles=ADMIN, response=Moved, problems=(404, 409), responses=WAITS)
def deposit(call: Call, query: WhoseWallet, body: DeskMovement) -> bytes | Response:
    """Put money into a customer's wallet; a large sum waits for another administrator."""
    return queries.done_or_waiting(changing.deposit(call.actor, query.user_id, body), queries.wallet_moved)


@api.post("/api/wallet/withdraw", roles=ADMIN, response=Moved, problems=(404, 409))
def withdraw(call: Call, query: WhoseWallet, body: DeskMovement) -> bytes:
    """Take money out of a customer's wallet."""
    return queries.wallet_moved(changing.withdraw(call.actor, query.user_id, body))


@api.get("/api/wallet", roles=ADMIN, response=Wallets)
def list_wallets(call: Call, query: WholeListQuery) -> Response:
    """What is free in each customer's wallet."""
    return histories.wallets(call, query)


@api.get("/api/wallet/transactions/all", roles=ADMIN, response=list[SignedWalletTransaction])
def list_transactions_of_wallets(call: Call, query: HistoryQuery) -> Response:
    """What moved anybody's wallet, newest first."""
    return histories.wallets_of_all(call, query)


@api.get("/api/wallet/transactions/{user_id}", roles=ADMIN, response=WalletHistory, problems=(404,))
def list_transactions_of_wallet(call: Call, query: HistoryQuery, user_id: UUID) -> Response:
    """What moved a customer's wallet, newest first."""
    return histories.wallet_of(call, query, user_id)


@api.post("/api/admin/points/add", roles=ADMIN, response=PointsChanged, problems=(404, 409), responses=WAITS)
def add_points(call: Call, query: PointsChange) -> bytes | Response:
    """Give a customer points; many wait for another administrator."""
    return queries.done_or_waiting(changing.add_points(call.actor, query), queries.points_changed)


@api.post("/api/admin/points/remove", roles=ADMIN, response=PointsChanged, problems=(404, 409))
def remove_points(call: Call, query: PointsChange) -> bytes:
    """Take points from a customer."""
    return queries.points_changed(changing.remove_points(call.actor, query))


@api.get("/api/admin/points/history/all", roles=ADMIN, response=list[PointsHistoryRow])
def list_points_of_all(call: Call, query: HistoryQuery) -> Response:
    """What moved anybody's points, newest first."""
    return histories.points_of_all(call, query)


@api.get("/api/admin/points/history/{user_id}", roles=ADMIN, response=PointsHistory, problems=(404,))
def list_points_of(call: Call, query: HistoryQuery, user_id: UUID) -> Response:
    """What moved a customer's points, newest first."""
    return histories.points_of(call, query, user_id)


@api.get("/api/points/me", roles=SIGNED_IN, response=PointsAccount)
def get_points(call: Call) -> bytes:
    """The caller's points and tier."""
    return queries.points_account(call.caller)


@api.get("/api/points/me/transactions", roles=SIGNED_IN, response=list[PointsTransaction])
def list_points_transactions(call: Call, query: WholeListQuery) -> Response:
    """What moved the caller's points, newest first."""
    return queries.points_transactions(call, query)


@api.post("/api/points/me/redeem", roles=SIGNED_IN, response=Redeemed, problems=(404, 409))
def redeem_points(call: Call, body: Redemption) -> bytes:
    """Redeem points off one's own order or booking, or into the wallet."""
    return queries.points_redeemed(points.redeem(call.caller.user_id, body))


@api.get("/api/cashback/me", roles=SIGNED_IN, response=list[CashbackRecord])
def list_cashback(call: Call, query: WholeListQuery) -> Response:
    """What the caller's orders have earned, what staff added and removed, and what was withdrawn, newest first."""
    return queries.cashback_records(call, query)


@api.get("/api/cashback/me/records", roles=SIGNED_IN, response=list[CashbackRecord])
def list_cashback_records(call: Call, query: WholeListQuery) -> Response:
    """The same, for apps that ask here."""
    return queries.cashback_records(call, query)


@api.get("/api/cashback/me/balance", roles=SIGNED_IN, response=CashbackBalance)
def get_cashback_balance(call: Call) -> bytes:
    """What of the caller's cashback can be used."""
    return queries.cashback_balance(call.caller)


@api.get("/api/cashback/me/summary", roles=SIGNED_IN, response=CashbackSummary)
def get_cashback_summary(call: Call) -> bytes:
    """The caller's cashback by how far it is."""
    return queries.cashback_summary(call.caller)


@api.post("/api/cashback/withdraw", roles=SIGNED_IN, response=WithdrawalRequested, problems=(409,))
def withdraw_cashback(call: Call, body: CashbackWithdrawal) -> bytes:
    """Ask for cashback to be moved into the wallet; it is held until an administrator decides."""
    return queries.withdrawal_requested(withdrawals.request_withdrawal(call.caller.user_id, body.amount))


@api.post("/api/cashback/admin/add", roles=ADMIN, response=CashbackAdded, problems=(404, 409), responses=WAITS)
def add_cashback(call: Call, query: CashbackChange) -> bytes | Response:
    """Give a customer cashback that can be used at once; a large sum waits for another administrator."""
    return queries.done_or_waiting(changing.add_cashback(call.actor, query), queries.cashback_changed)


@api.post("/api/cashback/admin/remove", roles=ADMIN, response=CashbackRemoved, problems=(404, 409))
def remove_cashback(call: Call, query: CashbackChange) -> bytes:
    """Take cashback from a customer."""
    return queries.cashback_changed(changing.remove_cashback(call.actor, query))


@api.get("/api/cashback/admin/history/{user_id}", roles=ADMIN, response=CashbackHistory, problems=(404,))
def list_cashback_of(call: Call, query: HistoryQuery, user_id: UUID) -> Response:
    """A customer's cashback, newest first."""
    return histories.cashback_of(call, query, user_id)


@api.get("/api/admin/cashback/history/all", roles=ADMIN, response=list[CashbackHistoryRow])
def list_cashback_of_all(call: Call, query: HistoryQuery) -> Response:
    """Everybody's cashback, newest first."""
    return histories.cashback_of_all(call, query)


@api.get("/api/cashback/admin/withdrawal-requests", roles=ADMIN, response=list[WithdrawalRequest])
def list_withdrawal_requests(call: Call, query: WithdrawalRequestsQuery) -> Response:
    """Withdrawals of cashback, newest first."""
    return histories.withdrawal_requests(call, query)


@api.post("/api/cashback/admin/requests/{request_id}/approve", roles=ADMIN, response=WithdrawalApproved, problems=(409,))
def approve_withdrawal(call: Call, request_id: UUID) -> bytes:
    """Move the cashback of a withdrawal into the wallet."""
    return queries.withdrawal_approved(withdrawals.approve_withdrawal(call.actor, request_id))


@api.post("/api/cashback/admin/requests/{request_id}/reject", roles=ADMIN, response=WithdrawalRejected, problems=(409,))
def reject_withdrawal(call: Call, request_id: UUID, body: Rejection) -> bytes:
    """Give the cashback of a withdrawal back, and say why."""
    withdrawals.reject_withdrawal(call.actor, request_id, body.reason)
    return b'{"status":"rejected"}'


@api.get("/api/cashback/pending", roles=ADMIN, response=list[CashbackForStaff])
def list_waiting_cashback(call: Call, query: WaitingQuery) -> Response:
    """Everybody's cashback that waits to be approved or credited, newest first."""
    return queries.waiting_cashback(call, query)


@api.post("/api/cashback/{record_id}/approve", roles=ADMIN, response=CashbackForStaff, problems=(409,))
def approve_cashback(call: Call, record_id: UUID) -> bytes:
    """Approve a cashback: it may be credited before its refund window has closed."""
    deciding.approve(call.actor, record_id)
    return queries.cashback_record(record_id)


@api.post("/api/cashback/{record_id}/credit", roles=ADMIN, response=CashbackForStaff, problems=(409,))
def credit_cashback(call: Call, record_id: UUID) -> bytes:
    """Credit an approved cashback now."""
    deciding.credit_by_hand(call.actor, record_id)
    return queries.cashback_record(record_id)


@api.post("/api/cashback/{record_id}/reject", roles=ADMIN, response=CashbackForStaff, problems=(409,))
def reject_cashback(call: Call, record_id: UUID, body: Rejection) -> bytes:
    """Give no cashback, and say why."""
    deciding.reject(call.actor, record_id, body.reason)
    return queries.cashback_record(record_id)


@api.get("/api/loyalty/tiers", roles=SIGNED_IN, response=list[Tier])
def list_tiers() -> bytes:
    """What reaching so many points brings."""
    return queries.tiers()


@api.get("/api/loyalty/rates", roles=STAFF, response=list[Rate])
def list_rates() -> bytes:
    """What other currencies count for when an order earns."""
    return queries.exchange_rates()


@api.put("/api/loyalty/rates/{currency}", roles=ADMIN, response=Rate)
def set_rate(call: Call, currency: str, body: NewRate) -> bytes:
    """Let orders in this currency earn at a rate."""
    rates.set_rate(call.actor, currency, body.rate)
    return queries.exchange_rate(currency)


@api.delete("/api/loyalty/rates/{currency}", roles=ADMIN, status=204)
def remove_rate(call: Call, currency: str) -> None:
    """Let orders in this currency earn nothing."""
    rates.remove_rate(call.actor, currency)


loyalty = api.function()
