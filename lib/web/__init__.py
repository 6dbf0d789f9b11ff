"""The HTTP layer that all functions share: routing, errors, guards, idempotency, pages, OpenAPI.

A function is an `Api` with routes; functions-framework calls `api.function()`.
"""

from lib.web.api import Api
from lib.web.batches import Batches
from lib.web.calls import Call
from lib.web.forms import file_in_form
from lib.web.html_pages import HtmlPage
from lib.web.idempotency import remove_answers_of
from lib.web.pages import (
    MOST_LEFT_OUT,
    Listing,
    Page,
    PageQuery,
    RowsQuery,
    WholeListQuery,
    read_counted_page,
    read_page,
    read_page_of,
)
from lib.web.responses import Response, accepted
from lib.web.routes import ADMIN, ANYONE, SIGNED_IN, STAFF

__all__ = [
    "ADMIN",
    "ANYONE",
    "MOST_LEFT_OUT",
    "SIGNED_IN",
    "STAFF",
    "Api",
    "Batches",
    "Call",
    "HtmlPage",
    "Listing",
    "Page",
    "PageQuery",
    "Response",
    "RowsQuery",
    "WholeListQuery",
    "accepted",
    "file_in_form",
    "read_counted_page",
    "read_page",
    "read_page_of",
    "remove_answers_of",
]
