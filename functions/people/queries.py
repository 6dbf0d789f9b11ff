"""Reads people for responses. The `where` decides whom a caller may see: employees and agents, whom they look after."""

import urllib.parse
from dataclasses import dataclass
from uuid import UUID

from functions.people.forms import AuditQuery, UsersQuery
from lib import db
from lib.config import config
from lib.days import first_moment, moment_after
from lib.errors import Forbidden, require_found
from lib.security.callers import ADMIN_ROLES, Caller
from lib.web import MOST_LEFT_OUT, Call, Listing, Response, read_page

# No screen shows more, so the rest are not counted one by one.
MOST_COUNTED = 100_000

# Customers first, the newest first. JSON is built for the rows that are shown alone, not for those that are left out.
_ORDER = "order by list_rank, created_at desc, id desc"
_PAGE = f"""
    select coalesce(json_agg((select d.document from user_documents(:currency) d where d.id = page.id) {_ORDER}), '[]')::text
               as body,
           :total as total
    from (:matching {_ORDER} limit :limit::integer offset :first::integer) page
"""  # noqa: S608 - our own texts
# `:where` is replaced by the conditions below.
_MATCHING = "select id, list_rank, created_at from users where :where"
_ALL = _PAGE.replace(":matching", _MATCHING).replace(
    ":total", "(select count(*) from (select from users where :where limit :most::integer) counted)"
)
# What is found is put in order afterwards: if the order's index were read until enough was found, a search that finds
# little would read everybody.
_FOUND = f"with found as materialized ({_MATCHING} and searched like user_search_pattern(:words)) {_PAGE}".replace(
    ":matching", "select * from found"
).replace(":total", "(select count(*) from found)")
_ROLE = {
    "CUSTOMER": "list_rank = 0",
    "EMPLOYEE": "list_rank = 1 and role = 'EMPLOYEE'",
    "AGENT": "list_rank = 1 and role = 'AGENT'",
    "ADMIN": "list_rank = 1 and role in ('ADMIN', 'SUPER_ADMIN')",
    "SUPER_ADMIN": "list_rank = 1 and role = 'SUPER_ADMIN'",
}
_AUDIT = Listing(
    "audit_documents",
    {
        "actor_id": "actor_id = :actor_id",
        "entity": "entity = :entity",
        "entity_id": "entity_id = :entity_id",
        "action": "action = :action",
        "since": "created_at >= :since",
        "until": "created_at < :until",
    },
)


@dataclass(frozen=True, kw_only=True)
class _Found:
    body: str
    total: int


def staff() -> bytes:
    """Active employees and administrators, by name."""
    return db.read.json(
        """
        select coalesce(json_agg(json_build_object(
            'id', id, 'name', first_name || ' ' || last_name, 'first_name', first_name, 'last_name', last_name,
            'email', email, 'role', role, 'avatar', avatar) order by first_name, last_name, id), '[]')::text
        from users where list_rank = 1 and role in ('EMPLOYEE', 'ADMIN', 'SUPER_ADMIN') and is_active
        """
    )


def users(call: Call, query: UsersQuery) -> Response:
    """The accounts that match and that the caller may see, and how many there are."""
    statement = (_FOUND if query.words else _ALL).replace(":where", " and ".join(_conditions(call.caller, query)))
    values: dict[str, object] = {"words": query.words} if query.words else {"most": MOST_COUNTED}
    if not _sees_everybody(call.caller):
        values["caller_id"] = call.caller.user_id
    found = db.read.one(
        _Found, statement, currency=config().loyalty.currency, limit=query.limit, first=query.left_out(), **values
    )
    body = b'{"users":%b,"total":%d}' % (found.body.encode(), found.total)
    return Response(body, headers=_link(call, query, found.total))


def details(caller: Caller, user_id: UUID) -> bytes:
    """One account with all that staff look up about it. Raises NotFound, also where the caller may not see it."""
    found = db.read.first_json(
        """
        select document::text from user_detail_documents(:currency)
        where id = :id and (:everybody::boolean or assigned_employee_id = :caller_id)
        """,
        id=user_id,
        currency=config().loyalty.currency,
        everybody=_sees_everybody(caller),
        caller_id=caller.user_id,
    )
    return require_found(found, "user")


def assigned_customers(caller: Caller, employee_id: UUID) -> bytes:
    """Whom somebody looks after, by name, up to 1,000 of them. Raises Forbidden or NotFound."""
    if not _sees_everybody(caller) and employee_id != caller.user_id:
        raise Forbidden("Employees see their own customers alone")
    found = db.read.first_json(
        """
        select json_build_object(
            'employee_id', e.id,
            'total', (select count(*) from users where assigned_employee_id = e.id),
            'customers', (
                select coalesce(json_agg(json_build_object(
                    'id', c.id, 'name', c.first_name || ' ' || c.last_name, 'email', c.email, 'phone', c.phone,
                    'avatar', c.avatar, 'status', c.status) order by c.first_name, c.last_name, c.id), '[]')
                from (select id, first_name, last_name, email, phone, avatar, status from users
                      where assigned_employee_id = e.id order by list_rank, created_at desc, id desc limit 1000) c))::text
        from users e where e.id = :id
        """,
        id=employee_id,
    )
    return require_found(found, "user")


def sessions_of(user_id: UUID) -> bytes:
    """The sessions of an account that have not ended, the last used first. Raises NotFound."""
    found = db.read.first_json(
        """
        select (select coalesce(json_agg(json_build_object(
                    'id', s.id, 'created_at', s.created_at, 'last_used_at', s.last_used_at, 'address', s.address,
                    'user_agent', s.user_agent) order by s.last_used_at desc, s.id), '[]')
                from sessions s where s.user_id = u.id and session_is_active(s))::text
        from users u where u.id = :id
        """,
        id=user_id,
    )
    return require_found(found, "user")


def audit_log(call: Call, query: AuditQuery) -> Response:
    """What was changed, newest first. A date without a time means the whole day in Cairo, the last one included."""
    values = query.model_dump(include={"actor_id", "entity", "entity_id", "action"}, exclude_none=True)
    if query.since is not None:
        values["since"] = first_moment(query.since)
    if query.until is not None:
        values["until"] = moment_after(query.until)
    return read_page(query, _AUDIT, **values).response(call)


def _sees_everybody(caller: Caller) -> bool:
    return caller.role in ADMIN_ROLES


def _conditions(caller: Caller, query: UsersQuery) -> list[str]:
    """What the rows of a list must meet. They are texts of ours: an index for a state is found by the state's own name."""
    conditions = ["status <> 'DELETED'" if query.status is None else f"status = '{query.status}'"]
    if query.role is not None:
        conditions.append(_ROLE[query.role])
    if query.is_active is True:
        conditions.append("status in ('ACTIVE', 'PENDING')")
    if query.is_active is False:
        conditions.append("status = 'SUSPENDED'" if query.status is None else "status not in ('ACTIVE', 'PENDING')")
    if not _sees_everybody(caller):
        conditions.append("assigned_employee_id = :caller_id")
    return conditions


def _link(call: Call, query: UsersQuery, total: int) -> dict[str, str]:
    following = query.left_out() + query.limit
    if following >= total or following > MOST_LEFT_OUT:
        return {}
    fields = {**call.request.query, "limit": str(query.limit), "offset": str(following)}
    fields.pop("skip", None)
    return {"Link": f'<{config().app_base_url}{call.request.path}?{urllib.parse.urlencode(fields)}>; rel="next"'}
