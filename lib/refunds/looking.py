"""Looks at the gateway's list of refunds, which alone says what became of one. No transaction may be open."""

from datetime import datetime
from uuid import UUID

from lib import db, logs
from lib.fawaterk.errors import GatewayError
from lib.fawaterk.refunds import RefundPage
from lib.payments import gateway
from lib.refunds import listed
from lib.refunds.listed import OpenRefund

log = logs.get(__name__)

# The list is of the whole account, newest first: what is new is on its first page.
_MOST_PAGES = 3
_MOST_PAGES_OF_A_JOB = 20
_MOST_OPEN = 5
_MOST_OPEN_OF_A_JOB = 20
# One row that hangs takes no more than this of the time for all.
_ROW_SECONDS = 2.0
# After so many answers about a row of which nothing can be made, which is after some days, a person has to look.
MOST_ODD_ANSWERS = 9


def look(seconds: float, *, order_id: UUID | None = None) -> None:
    """Store what the gateway's list shows now; raise a GatewayError if it shows none. All calls may take so many seconds.

    `order_id`: also ask about older rows of this order that are not decided. None: a job looks, which asks about all of
    them, and reads the whole list if it was never read.
    """
    deadline = gateway.Deadline(seconds)
    is_job = order_id is None
    began = db.read.value(datetime, "select clock_timestamp()")
    _read_pages(deadline, most=_MOST_PAGES_OF_A_JOB if is_job else _MOST_PAGES, reads_all=is_job)
    for row in listed.open_rows(order_id, began, most=_MOST_OPEN_OF_A_JOB if is_job else _MOST_OPEN):
        if deadline.is_over:
            return
        _look_at(row, min(deadline.left, _ROW_SECONDS))


def _look_at(row: OpenRefund, seconds: float) -> None:
    """Store what the gateway says of one row. Its list was read a moment ago, so an error is this row's alone."""
    try:
        state, state_text = gateway.client().refund_state(row.gateway_id, seconds)
    except GatewayError as error:
        log.warning("the gateway tells nothing of a refund of its list", refund=row.gateway_id, error=str(error))
        if listed.put_off(row.id) >= MOST_ODD_ANSWERS:
            listed.write_unreadable(row.id)
    else:
        listed.write_state(row.id, state, state_text)


def _read_pages(deadline: gateway.Deadline, *, most: int, reads_all: bool) -> None:
    """Read pages until one has nothing new. `reads_all`: go on behind what is known while the list has more than that."""
    number = 1
    for _ in range(most):
        page = gateway.client().listed_refunds(number, deadline.left)
        _report_unreadable(page, number)
        stored = listed.store(page.refunds)
        is_known = stored.new_rows == 0
        if number >= page.last_page or deadline.is_over:
            return
        if is_known and not (reads_all and stored.known_rows < page.total):
            return
        known_pages = stored.known_rows // max(len(page.refunds), 1)
        number = max(number + 1, known_pages if is_known else 0)


def _report_unreadable(page: RefundPage, number: int) -> None:
    if page.unreadable_rows:
        log.error("rows of the gateway's list of refunds can't be read", rows=page.unreadable_rows, page=number)
