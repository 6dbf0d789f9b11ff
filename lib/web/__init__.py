"""What the functions share of HTTP: routing, models, errors, guards, idempotency, pagination, OpenAPI.

A function is an `Api` with routes; `api.function()` is what functions-framework calls.
"""

from lib.web.answers import Answer, html
from lib.web.api import Api
from lib.web.calls import Call
from lib.web.models import (
    Day,
    Model,
    MomentOrDay,
    MoneyNumber,
    Paragraph,
    ShortLine,
    Title,
    WholeNumber,
)
from lib.web.pages import Page, PageQuery, read_page
from lib.web.routes import ADMIN, ANYONE, SIGNED_IN, STAFF

__all__ = [
    "ADMIN",
    "ANYONE",
    "SIGNED_IN",
    "STAFF",
    "Answer",
    "Api",
    "Call",
    "Day",
    "Model",
    "MomentOrDay",
    "MoneyNumber",
    "Page",
    "PageQuery",
    "Paragraph",
    "ShortLine",
    "Title",
    "WholeNumber",
    "html",
    "read_page",
]
