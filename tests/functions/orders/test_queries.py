"""Who reads which refund, and what of it."""

import json
import uuid
from uuid import UUID

import pytest

from functions.orders.queries import one_refund
from lib.errors import NotFound
from lib.security.callers import Caller
from tests.support.money import Desk
from tests.support.people import Person
from tests.support.refunds import ask_refund, paid


def caller(person: Person, role: str) -> Caller:
    return Caller(UUID(person.id), uuid.uuid4(), role)


def test_a_refund_is_read_as_it_was_made(desk: Desk) -> None:
    reply = ask_refund(desk, paid(desk).order_id, amount="41.75")
    assert one_refund(caller(desk.admin, "ADMIN"), UUID(reply.json["refund_id"])) == reply.content


def test_its_owner_does_not_read_why_a_refund_waits(desk: Desk) -> None:
    order_id = paid(desk).order_id
    with desk.outage("garbage", "refund/create"):
        made = ask_refund(desk, order_id, "gateway").json
    assert made["status"] == "NEEDS_REVIEW"
    refund_id = UUID(made["refund_id"])
    for_staff = json.loads(one_refund(caller(desk.employee, "EMPLOYEE"), refund_id))
    for_owner = json.loads(one_refund(caller(desk.customer, "CUSTOMER"), refund_id))
    assert for_staff["message"]
    assert for_owner == {**for_staff, "message": None}


def test_another_s_refund_is_not_there(desk: Desk, desk_of_another: Desk) -> None:
    refund_id = UUID(ask_refund(desk, paid(desk).order_id).json["refund_id"])
    for refused, of in ((desk_of_another.customer, refund_id), (desk.customer, uuid.uuid4())):
        with pytest.raises(NotFound):
            one_refund(caller(refused, "CUSTOMER"), of)
