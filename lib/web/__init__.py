"""What the functions share of HTTP: routing, models, errors, guards, idempotency, pagination, OpenAPI.

A function is an `Api` with routes; `api.function()` is what functions-framework calls.
"""

from lib.web.answers import Answer, html, see_other
from lib.web.api import Api
from lib.web.calls import Call
from lib.web.models import Day, Line, Model, Moment, MoneyNumber, Paragraph, ShortLine
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
    "Line",
    "Model",
    "Moment",
    "MoneyNumber",
    "Page",
    "PageQuery",
    "Paragraph",
    "ShortLine",
    "html",
    "read_page",
    "see_other",
]
