"""Lists that page by key: page 10,000 costs what page 1 costs."""

import base64
import json
import urllib.parse
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from flask import Request
from pydantic import AfterValidator, Field

from lib import db
from lib.web.models import Model

_FIRST = ("infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff")


def _read_cursor(text: str) -> str:
    _position(text)
    return text


def _position(cursor: str) -> tuple[str, str]:
    try:
        at, row_id = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        # In UTC, because Python knows zones that PostgreSQL refuses.
        moment = datetime.fromisoformat(at).astimezone(UTC)
        return moment.isoformat(), str(UUID(row_id))
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise ValueError("must be the cursor of a Link header") from None


class PageQuery(Model):
    """How much of a list, and from where."""

    limit: int = Field(50, ge=1, le=100)
    cursor: Annotated[str, Field(max_length=200), AfterValidator(_read_cursor)] | None = None

    def after(self) -> tuple[str, str]:
        """The time and id that the page begins after; the first page begins after everything."""
        return _position(self.cursor) if self.cursor else _FIRST


@dataclass(frozen=True)
class Page:
    """A JSON array, and the cursor of the next one if there is one."""

    body: bytes
    cursor: str | None

    def link(self, request: Request, base_url: str) -> dict[str, str]:
        """The Link header that leads to the next page, or no header."""
        if self.cursor is None:
            return {}
        query = urllib.parse.urlencode({**request.args.to_dict(), "cursor": self.cursor})
        return {"Link": f'<{base_url}{request.path}?{query}>; rel="next"'}


def read_page(rows: str, query: PageQuery, **values: object) -> Page:
    """A page of `rows`, a select of `item` (JSON), `sort_at` and `id`, newest first.

    Its where has `(sort_at, id) < (:after_at::timestamptz, :after_id::uuid)`, its limit is `:limit::integer + 1`.
    """
    after_at, after_id = query.after()
    found = db.read(
        f"""
        with wanted as ({rows}), numbered as (
            select *, row_number() over (order by sort_at desc, id desc) as place from wanted
        )
        select coalesce(json_agg(item order by place) filter (where place <= :limit::integer), '[]')::text,
               max(place) > :limit::integer,
               max(sort_at::text) filter (where place = :limit::integer),
               max(id::text) filter (where place = :limit::integer)
        from numbered
        """,  # noqa: S608 - `rows` is a constant of the caller's; values are parameters
        limit=query.limit,
        after_at=after_at,
        after_id=after_id,
        **values,
    )
    body, more, last_at, last_id = found[0]
    cursor = base64.urlsafe_b64encode(json.dumps([last_at, last_id]).encode()).decode() if more else None
    return Page(body.encode(), cursor)
