"""Lists in pages. A page begins after the last row of the one before it, so page 10,000 costs no more than page 1.

The app knows no next page: it leaves rows out by their number instead, at most MOST_LEFT_OUT of them.
"""

import base64
import json
import urllib.parse
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from lib import db
from lib.config import config
from lib.errors import NotFound
from lib.models import Model
from lib.web.calls import Call
from lib.web.request import Request
from lib.web.responses import Response

MOST_ROWS = 1_000
MOST_LEFT_OUT = 10_000
_FIRST = ("infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff")

# `:selected` and `:counted` are replaced by the selects of the listings, `:total` by the count or 0.
_PAGE = """
    with numbered as (
        select *, row_number() over (order by created_at desc, id desc) as place from (:selected) selected
    )
    select coalesce(json_agg(document order by place)
                    filter (where place > :left_out::integer and place <= :last::integer), '[]')::text as body,
           coalesce(max(place) > :last::integer, false) as has_more,
           max(created_at::text) filter (where place = :last::integer) as last_at,
           max(id::text) filter (where place = :last::integer) as last_id,
           :total as total
    from numbered
"""
_COUNT = "(select count(*) from (select from (:counted) counted limit :most::integer) counted)"


def _read_cursor(text: str) -> str:
    _position(text)
    return text


def _position(cursor: str) -> tuple[str, str]:
    try:
        at, row_id = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        # In UTC, because Python accepts time zones that PostgreSQL refuses.
        moment = datetime.fromisoformat(at).astimezone(UTC)
        return moment.isoformat(), str(UUID(row_id))
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise ValueError("must be the cursor of a Link header") from None


class RowsQuery(Model):
    """How many rows of a list, and how many to leave out before them: `offset` and `skip` are the same number."""

    limit: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS)
    offset: int = Field(default=0, ge=0, le=MOST_LEFT_OUT)
    skip: int = Field(default=0, ge=0, le=MOST_LEFT_OUT)

    def left_out(self) -> int:
        """How many rows are left out before those that are shown."""
        return max(self.offset, self.skip)


class PageQuery(RowsQuery):
    """How much of a list, and from where."""

    limit: int = Field(50, ge=1, le=MOST_ROWS)
    cursor: Annotated[str, Field(max_length=200), AfterValidator(_read_cursor)] | None = None

    def after(self) -> tuple[str, str]:
        """The time and id after which the page begins. Rows are newest first, so the first page begins after infinity."""
        return _position(self.cursor) if self.cursor else _FIRST


class WholeListQuery(PageQuery):
    """How much of a list that the app reads whole, and from where."""

    limit: int = Field(MOST_ROWS, ge=1, le=MOST_ROWS)


@dataclass(frozen=True)
class Listing:
    """A view that can be listed: its rows have `id`, `created_at` and `document`, the JSON that is shown.

    `always` is a condition that every row meets. `filters` has more of them by name: one applies when its name has a value.
    """

    view: str
    filters: Mapping[str, str] = field(default_factory=dict)
    always: str = "true"

    def page(self, names: Container[str] = ()) -> str:
        """A select of one page, and of one row more, with the filters of these names."""
        rows = self._select("id, created_at, document", names)
        after = "(created_at, id) < (:after_at::timestamptz, :after_id::uuid)"
        return f"{rows} and {after} order by created_at desc, id desc limit :last::integer + 1"

    def narrowed(self, condition: str) -> "Listing":
        """The same listing with one more condition that every row meets."""
        return replace(self, always=f"{self.always} and {condition}")

    def limited(self, names: Container[str] = ()) -> str:
        """A select of at most `:most` rows without columns, with the filters of these names."""
        return f"{self._select('', names)} limit :most::integer"

    def _select(self, columns: str, names: Container[str]) -> str:
        conditions = [self.always, *(condition for name, condition in self.filters.items() if name in names)]
        where = " and ".join(conditions)
        return f"select {columns} from {self.view} where {where}"  # noqa: S608 - view and conditions are a Listing of ours; what clients send are parameters


@dataclass(frozen=True)
class Page:
    """A JSON array, and the cursor of the next page if there is one."""

    body: bytes
    cursor: str | None

    def link(self, request: Request, base_url: str) -> dict[str, str]:
        """The Link header with the address of the next page; no header on the last page."""
        if self.cursor is None:
            return {}
        kept = {name: value for name, value in request.query.items() if name not in ("offset", "skip")}
        query = urllib.parse.urlencode({**kept, "cursor": self.cursor})
        return {"Link": f'<{base_url}{request.path}?{query}>; rel="next"'}

    def response(self, call: Call, body: bytes | None = None) -> Response:
        """The response that shows the array, or a body that contains it, with the Link header."""
        shown = self.body if body is None else body
        return Response(shown, headers=self.link(call.request, config().app_base_url))


@dataclass(frozen=True)
class _Found:
    body: str
    has_more: bool
    last_at: str | None
    last_id: str | None
    total: int


def read_page(query: PageQuery, /, *listings: Listing, **values: object) -> Page:
    """A page of one listing, or of several merged into one list, newest first."""
    return _read(query, listings, "0", values)[0]


def read_counted_page(query: PageQuery, most: int, /, *listings: Listing, **values: object) -> tuple[Page, int]:
    """The same, and how many rows the listings have in all, counted up to `most`."""
    counted = _COUNT.replace(":counted", _merged([listing.limited(values) for listing in listings]))
    return _read(query, listings, counted, {**values, "most": most})


def read_page_of(query: PageQuery, user_id: UUID, /, *listings: Listing, **values: object) -> Page:
    """A page of listings that belong to one user, who is `:user_id` in them. Raises NotFound if there is no such user."""
    known = "(select count(*) from users where id = :user_id)"
    page, users = _read(query, listings, known, {**values, "user_id": user_id})
    if not users:
        raise NotFound("There is no such user")
    return page


def _read(query: PageQuery, listings: Sequence[Listing], total: str, values: Mapping[str, object]) -> tuple[Page, int]:
    after_at, after_id = query.after()
    selected = _merged([listing.page(values) for listing in listings])
    statement = _PAGE.replace(":selected", selected).replace(":total", total)
    left_out = query.left_out()
    bounds = {"after_at": after_at, "after_id": after_id, "left_out": left_out, "last": left_out + query.limit}
    found = db.read.one(_Found, statement, **values, **bounds)
    position = json.dumps([found.last_at, found.last_id]).encode()
    cursor = base64.urlsafe_b64encode(position).decode() if found.has_more else None
    return Page(found.body.encode(), cursor), found.total


def _merged(selects: Sequence[str]) -> str:
    return " union all ".join(f"({select})" for select in selects)
