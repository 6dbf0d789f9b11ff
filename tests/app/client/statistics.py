"""Section 11: the figures of the dashboard."""

from tests.app.client.calls import Sent, call
from tests.app.client.shapes import OneOf

COUNTED = {"total": "count", "this_month": "count"}
COMPARED = {**COUNTED, "change_percent": "count"}


@call(
    "GET /api/admin/stats/overview",
    reads={
        "users": COMPARED,
        "revenue": {
            "total": "number",
            "this_month": "number",
            "change_percent": "count",
            "currency": "text",
            "by_currency": "object",
        },
        "bookings": COMPARED,
        "orders": COUNTED,
        "offers": {"active": "count"},
        "chats": {"open": "count"},
    },
)
def overview() -> Sent:
    """Dashboard and reports."""
    return Sent()


@call(
    "GET /api/admin/stats/revenue-chart",
    reads=[{"date": "day", "day": OneOf("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), "revenue": "number"}],
)
def revenue_chart(days: int) -> Sent:
    """Dashboard: a week, a month, a year."""
    return Sent(query={"days": days})


@call(
    "GET /api/admin/stats/recent-activities",
    reads=[
        {
            "type": OneOf("user", "payment", "booking", "order", "membership", "login", "security"),
            "icon": OneOf("person-add", "card", "airplane", "receipt", "layers", "shield-checkmark"),
            "title": "text",
            "description": "text",
            "time": "moment",
        }
    ],
)
def recent_activities(limit: int | None = None) -> Sent:
    """Dashboard, and 50 on the security screen."""
    return Sent(query={"limit": limit})


@call(
    "GET /api/admin/stats/transactions",
    reads=[
        {
            "id": "id",
            "user": "text",
            "amount": "number",
            "currency": "text",
            "status": "text",
            "created_at": "moment",
            "type": OneOf("PAYMENT", "INVOICE"),
        }
    ],
)
def transactions(limit: int | None = None) -> Sent:
    """Dashboard."""
    return Sent(query={"limit": limit})
