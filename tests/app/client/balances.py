"""Section 4: staff and balances, and what customers see of theirs."""

from tests.app.client.calls import Sent, call
from tests.app.client.shapes import Maybe, OneOf

POINTS_TYPE = OneOf("EARNED", "REDEEMED", "EXPIRED", "BONUS", "ADJUSTED")
WALLET_TYPE = OneOf("DEPOSIT", "WITHDRAWAL", "PAYMENT", "REFUND", "CASHBACK", "BONUS")
POINTS_DONE = {"status": OneOf("success"), "message": "text", "transaction_id": "id", "new_balance": "count"}
WALLET_DONE = {"status": "text", "transaction_id": "id", "new_balance": "number"}
WHO = {"id": "id", "user_id": "id", "user_name": "text", "user_avatar": Maybe("text"), "created_at": "moment"}
CASHBACK = {
    "id": "id",
    "amount": "number",
    "cashback_amount": "number",
    "currency": "text",
    "status": "text",
    "reference_type": "text",
    "rejection_reason": Maybe("text"),
    "description": "text",
    "created_at": "moment",
}


def _change(user_id: str, name: str, amount: object, reason: str | None) -> Sent:
    return Sent(query={"user_id": user_id, name: amount, "reason": reason})


@call("POST /api/admin/points/add", reads=POINTS_DONE)
def add_points(user_id: str, points: object, reason: str | None = None) -> Sent:
    """Points: add."""
    return _change(user_id, "points", points, reason)


@call("POST /api/admin/points/remove", reads=POINTS_DONE)
def remove_points(user_id: str, points: object, reason: str | None = None) -> Sent:
    """Points: remove."""
    return _change(user_id, "points", points, reason)


@call(
    "GET /api/admin/points/history/{user_id}",
    reads={
        "user_id": "id",
        "transactions": [
            {
                "id": "id",
                "type": POINTS_TYPE,
                "transaction_type": POINTS_TYPE,
                "points": "count",
                "balance_before": "count",
                "balance_after": "count",
                "description": "text",
                "description_en": "text",
                "description_ar": "text",
                "created_at": "moment",
                "created_by_user_id": Maybe("id"),
            }
        ],
    },
)
def points_history(user_id: str) -> Sent:
    """Points of a customer."""
    return Sent(query={"limit": 20}, user_id=user_id)


@call("GET /api/admin/points/history/all", reads=[{**WHO, "type": POINTS_TYPE, "points": "count", "description": "text"}])
def all_points_history() -> Sent:
    """Points of all."""
    return Sent()


@call(
    "POST /api/cashback/admin/add",
    reads={"status": OneOf("added"), "cashback_id": "id", "amount": "number", "currency": "text", "new_balance": "number"},
)
def add_cashback(user_id: str, amount: object, reason: str | None = None) -> Sent:
    """Club gifts: add."""
    return _change(user_id, "amount", amount, reason)


@call(
    "POST /api/cashback/admin/remove",
    reads={
        "status": OneOf("deducted"),
        "cashback_id": "id",
        "amount": "number",
        "currency": "text",
        "remaining_balance": "number",
    },
)
def remove_cashback(user_id: str, amount: object, reason: str | None = None) -> Sent:
    """Club gifts: deduct."""
    return _change(user_id, "amount", amount, reason)


@call(
    "GET /api/cashback/admin/history/{user_id}",
    reads={
        "user_id": "id",
        "records": [
            {**CASHBACK, "description_en": "text", "reason": Maybe("text"), "created_by_user_id": Maybe("id")},
        ],
    },
)
def cashback_history(user_id: str) -> Sent:
    """Club gifts of a customer."""
    return Sent(query={"limit": 20}, user_id=user_id)


@call(
    "GET /api/admin/cashback/history/all",
    reads=[{**WHO, "amount": "number", "currency": "text", "status": "text", "reference_type": "text"}],
)
def all_cashback_history() -> Sent:
    """Club gifts of all."""
    return Sent()


@call(
    "GET /api/wallet/transactions/{user_id}",
    reads={
        "user_id": "id",
        "transactions": [
            {
                "id": "id",
                "type": WALLET_TYPE,
                "transaction_type": WALLET_TYPE,
                "amount": "number",
                "currency": "text",
                "description": "text",
                "reference_type": Maybe("text"),
                "balance_before": "number",
                "balance_after": "number",
                "status": "text",
                "created_at": "moment",
                "created_by_user_id": Maybe("id"),
            }
        ],
    },
)
def wallet_history(user_id: str) -> Sent:
    """Wallet of a customer."""
    return Sent(query={"limit": 20}, user_id=user_id)


@call(
    "GET /api/wallet/transactions/all",
    reads=[
        {
            **WHO,
            "amount": "number",
            "currency": "text",
            "type": WALLET_TYPE,
            "description": "text",
            "reference_type": Maybe("text"),
        }
    ],
)
def all_wallet_history() -> Sent:
    """Wallets of all."""
    return Sent()


@call("POST /api/wallet/deposit", reads=WALLET_DONE)
def deposit(user_id: str, amount: object) -> Sent:
    """Wallets: deposit."""
    words = {"description_en": "Cash at the office", "description_ar": "نقدًا في المكتب"}
    return Sent({"amount": amount, **words}, query={"user_id": user_id})


@call("POST /api/wallet/withdraw", reads=WALLET_DONE)
def withdraw(user_id: str, amount: object) -> Sent:
    """Wallets: withdraw."""
    return Sent({"amount": amount, "description_en": "Paid out", "description_ar": "صُرف"}, query={"user_id": user_id})


@call(
    "GET /api/wallet",
    reads={
        "total": "count",
        "items": [
            {
                "id": "id",
                "user_id": "id",
                "user_name": "text",
                "user_email": "text",
                "balance": "number",
                "currency": "text",
            }
        ],
    },
)
def list_wallets() -> Sent:
    """No screen."""
    return Sent(query={"limit": 20, "offset": 0})


@call("GET /api/cashback/me/balance", reads={"total": "number", "available": "number"})
def my_cashback() -> Sent:
    """Club gifts of the caller."""
    return Sent()


@call("GET /api/cashback/me/records", reads=[CASHBACK])
def my_cashback_records() -> Sent:
    """History of the caller's club gifts."""
    return Sent()


@call(
    "POST /api/cashback/withdraw",
    reads={
        "status": OneOf("pending_approval"),
        "amount": "number",
        "currency": "text",
        "request_id": "id",
        "club_gift_transaction_id": "id",
        "remaining_available": "number",
    },
)
def ask_for_cashback(amount: object) -> Sent:
    """Club gifts: all that is available."""
    return Sent({"amount": amount})


@call(
    "GET /api/cashback/admin/withdrawal-requests",
    reads=[
        {
            "id": "id",
            "user_id": "id",
            "user_name": "text",
            "amount": "number",
            "currency": "text",
            "status": OneOf("PENDING", "APPROVED", "REJECTED"),
            "created_at": "moment",
            "updated_at": "moment",
            "admin_notes": Maybe("text"),
        }
    ],
)
def withdrawal_requests(status: str) -> Sent:
    """Withdrawals: PENDING and PROCESSED."""
    return Sent(query={"status": status})


@call(
    "POST /api/cashback/admin/requests/{request_id}/approve",
    reads={"status": OneOf("approved"), "wallet_transaction_id": "id", "new_balance": "number"},
)
def approve_withdrawal(request_id: str) -> Sent:
    """Withdrawals: approve."""
    return Sent({}, request_id=request_id)


@call("POST /api/cashback/admin/requests/{request_id}/reject", reads={"status": OneOf("rejected")})
def reject_withdrawal(request_id: str) -> Sent:
    """Withdrawals: reject, with a text that is always the same."""
    return Sent({"reason": "Rejected by admin"}, request_id=request_id)


@call(
    "GET /api/wallet/me/transactions",
    reads=[
        {
            "id": "id",
            "transaction_type": WALLET_TYPE,
            "amount": "number",
            "balance_before": "number",
            "balance_after": "number",
            "currency": "text",
            "description_en": "text",
            "description_ar": "text",
            "status": OneOf("PENDING", "COMPLETED", "FAILED", "REVERSED"),
            "created_at": "moment",
        }
    ],
)
def my_wallet_history() -> Sent:
    """Wallet of the caller."""
    return Sent()


@call(
    "GET /api/points/me/transactions",
    reads=[
        {
            "id": "id",
            "transaction_type": POINTS_TYPE,
            "points": "count",
            "description_en": "text",
            "description_ar": "text",
            "created_at": "moment",
        }
    ],
)
def my_points_history() -> Sent:
    """Points of the caller."""
    return Sent()
