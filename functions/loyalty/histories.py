"""Reads the histories of balances and the withdrawals that staff decide about."""

from uuid import UUID

from functions.loyalty.staff_schemas import HistoryQuery, WithdrawalRequestsQuery
from lib.config import config
from lib.web import Call, Listing, PageQuery, Response, read_counted_page, read_page, read_page_of

# The account is given by its id, so that PostgreSQL can read its entries in the order of their index.
_WALLET_OF = Listing(
    "wallet_transaction_documents_for_staff",
    always="""
        account_id = (select id from ledger_accounts where user_id = :user_id and kind = 'WALLET' and currency = :currency)
        """,
)
_WALLETS = Listing("signed_wallet_transaction_documents", always="currency = :currency")
_POINTS_OF = Listing(
    "points_transaction_documents_for_staff",
    always="account_id = (select id from ledger_accounts where user_id = :user_id and kind = 'POINTS')",
)
_POINTS = Listing("points_transaction_documents_for_staff")
_CASHBACK_VIEWS = (
    "cashback_documents_for_staff",
    "cashback_movement_documents_for_staff",
    "cashback_withdrawal_documents_for_staff",
)
_CASHBACK_OF = tuple(Listing(view, always="user_id = :user_id") for view in _CASHBACK_VIEWS)
_CASHBACK = tuple(Listing(view) for view in _CASHBACK_VIEWS)
_WITHDRAWALS = Listing("withdrawal_request_documents")
_APPROVED, _REJECTED = (_WITHDRAWALS.narrowed(f"status = '{status}'") for status in ("APPROVED", "REJECTED"))
_REQUESTS = {
    None: (_WITHDRAWALS,),
    "PENDING": (_WITHDRAWALS.narrowed("status = 'PENDING'"),),
    # Each has an index in the order of the list, and both together have none.
    "PROCESSED": (_APPROVED, _REJECTED),
    "APPROVED": (_APPROVED,),
    "REJECTED": (_REJECTED,),
}
_ALL_WALLETS = Listing("wallet_documents(:currency)")
# No screen shows more than a few of them, so the rest are not counted one by one.
_MOST_COUNTED = 100_000


def points_of(call: Call, query: HistoryQuery, user_id: UUID) -> Response:
    """What moved a customer's points. Raises NotFound."""
    page = read_page_of(query, user_id, _POINTS_OF)
    return page.response(call, _of_user(user_id, "transactions", page.body))


def points_of_all(call: Call, query: HistoryQuery) -> Response:
    """What moved anybody's points."""
    return read_page(query, _POINTS).response(call)


def wallet_of(call: Call, query: HistoryQuery, user_id: UUID) -> Response:
    """What moved a customer's wallet. Raises NotFound."""
    page = read_page_of(query, user_id, _WALLET_OF, currency=config().loyalty.currency)
    return page.response(call, _of_user(user_id, "transactions", page.body))


def wallets_of_all(call: Call, query: HistoryQuery) -> Response:
    """What moved anybody's wallet."""
    return read_page(query, _WALLETS, currency=config().loyalty.currency).response(call)


def cashback_of(call: Call, query: HistoryQuery, user_id: UUID) -> Response:
    """A customer's cashback: what orders earned, what staff added and removed, what was withdrawn. Raises NotFound."""
    page = read_page_of(query, user_id, *_CASHBACK_OF)
    return page.response(call, _of_user(user_id, "records", page.body))


def cashback_of_all(call: Call, query: HistoryQuery) -> Response:
    """Everybody's cashback."""
    return read_page(query, *_CASHBACK).response(call)


def withdrawal_requests(call: Call, query: WithdrawalRequestsQuery) -> Response:
    """Withdrawals of cashback, newest first."""
    return read_page(query, *_REQUESTS[query.status]).response(call)


def wallets(call: Call, query: PageQuery) -> Response:
    """What is free in each wallet, and how many wallets there are."""
    page, total = read_counted_page(query, _MOST_COUNTED, _ALL_WALLETS, currency=config().loyalty.currency)
    return page.response(call, b'{"total":%d,"items":%b}' % (total, page.body))


def _of_user(user_id: UUID, name: str, rows: bytes) -> bytes:
    return b'{"user_id":"%b","%b":%b}' % (str(user_id).encode(), name.encode(), rows)
