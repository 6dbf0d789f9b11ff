"""Reads orders and refunds for responses. The database builds the JSON, and the `where` decides who may see a row."""

from collections.abc import Sequence
from uuid import UUID

from functions.orders.schemas import ApprovalsQuery, MyOrdersQuery, OrdersQuery
from lib import db
from lib.config import config
from lib.days import first_moment, moment_after
from lib.errors import require_found
from lib.holds.splitting import Split
from lib.security.callers import Caller
from lib.web import Call, Listing, PageQuery, Response, read_page

_FILTERS = {
    "status": "status = :status",
    "user_id": "user_id = :user_id",
    "created_from": "created_at >= :created_from",
    "created_to": "created_at < :created_to",
}
# What people are told of a payment, by what the order says: a condition for each index that has such orders.
_PAYMENT_STATUS = {
    "UNPAID": ("payment_status = 'UNPAID' and shown_payment_status = 'UNPAID'",),
    "PARTIALLY_PAID": (
        "payment_status = 'PARTIALLY_PAID'",
        "payment_status = 'UNPAID' and shown_payment_status = 'PARTIALLY_PAID'",
    ),
    "PAID": ("payment_status = 'PAID'",),
    "REFUNDED": ("payment_status = 'REFUNDED'",),
    "CANCELLED": ("payment_status = 'UNPAID' and status = 'CANCELLED'",),
}
_NUMBER = "folded(order_number) like search_pattern(:q)"
_CUSTOMER = """
    user_id in (select id from users
                where search_text(first_name, last_name, email, username, phone) like search_pattern(:q))
    """
_ITEM_ALONE = """
    not (select search_text(first_name, last_name, email, username, phone) like search_pattern(:q)
         from users where users.id = order_documents.user_id)
    and id in (select order_id from order_items where search_text(order_items) like search_pattern(:q))
    """
_ORDERS = Listing("order_documents", _FILTERS)
# What nobody has paid on account is no debt.
_MY_ORDERS = Listing("order_documents", _FILTERS, always="not (is_on_account and payment_status = 'UNPAID')")
# A search is three listings merged, because PostgreSQL finds no index for an `or` of several tables. What an earlier one
# has found is left out of a later one row by row, since an anti-join would read all that the earlier one could find.
_ORDERS_BY_NUMBER = Listing("order_documents", _FILTERS, always=_NUMBER)
_ORDERS_BY_CUSTOMER = Listing("order_documents", _FILTERS, always=f"not ({_NUMBER}) and {_CUSTOMER}")
_ORDERS_BY_ITEM = Listing("order_documents", _FILTERS, always=f"not ({_NUMBER}) and {_ITEM_ALONE}")
_APPROVALS = Listing("approval_documents", {"status": "status = :status"})
_REFUNDS = Listing(
    "refund_documents(:staff::boolean, :balance_currency::text)",
    always="order_id = :order_id and (:staff::boolean or user_id = :caller_id)",
)


def one_order(caller: Caller, order_id: UUID) -> bytes:
    """One order. Raises NotFound if there is none, or if this caller may not see it."""
    document = db.read.first_json(
        "select document::text from order_documents where id = :id and (:staff::boolean or user_id = :caller_id)",
        id=order_id,
        staff=caller.is_staff,
        caller_id=caller.user_id,
    )
    return require_found(document, "order")


def changed_order(order_id: UUID, released: Split) -> bytes:
    """A draft that staff have changed, with the balances that were released by it."""
    return db.read.json(
        """
        select (document::jsonb || jsonb_build_object(
            'points_released', :points::integer, 'amount_released', money(:amount::numeric, :balance_currency)))::text
        from order_documents where id = :id
        """,
        id=order_id,
        points=released.points,
        amount=released.value,
        balance_currency=config().loyalty.currency,
    )


def my_orders(call: Call, query: MyOrdersQuery) -> Response:
    """The caller's own orders, without sums on account that are not paid."""
    values = query.model_dump(include={"status"}, exclude_none=True)
    listings = _asked_for(query, [_MY_ORDERS])
    return read_page(query, *listings, **values, user_id=call.caller.user_id).response(call)


def all_orders(call: Call, query: OrdersQuery) -> Response:
    """Orders by the query's filters. A date without a time means the whole day in Cairo, the last one included."""
    values = query.model_dump(include=set(_FILTERS), exclude_none=True)
    if query.created_from is not None:
        values["created_from"] = first_moment(query.created_from)
    if query.created_to is not None:
        values["created_to"] = moment_after(query.created_to)
    if query.q is None:
        return read_page(query, *_asked_for(query, [_ORDERS]), **values).response(call)
    found = _asked_for(query, [_ORDERS_BY_NUMBER, _ORDERS_BY_CUSTOMER, _ORDERS_BY_ITEM])
    return read_page(query, *found, **values, q=query.q).response(call)


def _asked_for(query: MyOrdersQuery, listings: Sequence[Listing]) -> list[Listing]:
    """These listings with the orders that the query asks for. Each index has orders in the order of their dates."""
    kinds = ("not is_booked", "is_booked") if query.include_bookings else ("not is_booked",)
    paid = _PAYMENT_STATUS[query.payment_status] if query.payment_status else ("true",)
    return [listing.narrowed(f"{kind} and {how}") for listing in listings for kind in kinds for how in paid]


def one_refund(caller: Caller, refund_id: UUID) -> bytes:
    """One refund. Raises NotFound if there is none, or if this caller may not see it."""
    document = db.read.first_json(
        """
        select document::text from refund_documents(:staff::boolean, :balance_currency::text)
        where id = :id and (:staff::boolean or user_id = :caller_id)
        """,
        id=refund_id,
        staff=caller.is_staff,
        caller_id=caller.user_id,
        balance_currency=config().loyalty.currency,
    )
    return require_found(document, "refund")


def refunds_of(call: Call, order_id: UUID, query: PageQuery) -> Response:
    """An order's refunds. Raises NotFound if there is no such order, or if this caller may not see it."""
    page = read_page(
        query,
        _REFUNDS,
        order_id=order_id,
        staff=call.caller.is_staff,
        caller_id=call.caller.user_id,
        balance_currency=config().loyalty.currency,
    )
    if page.body == b"[]":
        one_order(call.caller, order_id)
    return page.response(call)


def approvals(call: Call, query: ApprovalsQuery) -> Response:
    """What waits for another administrator, and what was decided, newest first."""
    return read_page(query, _APPROVALS, **query.model_dump(include={"status"}, exclude_none=True)).response(call)


def one_approval(approval_id: UUID) -> bytes:
    """One approval, as it is after a decision."""
    return db.read.json("select document::text from approval_documents where id = :id", id=approval_id)
