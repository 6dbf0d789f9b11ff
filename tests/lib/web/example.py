"""A small API of the tests' own: things, which have an owner and stand in a table."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from lib import db
from lib.db import Transaction
from lib.errors import NotFound
from lib.money import Amount
from lib.web import ADMIN, ANYONE, SIGNED_IN, Answer, Api, Call, Model, PageQuery, Paragraph, ShortLine, read_page

api = Api("example", "Examples")


def nothing() -> None:
    """What happens while a thing is made, unless a test wants something else."""


@dataclass
class Scene:
    """What a test lets happen inside the handlers."""

    during: Callable[[], object] = nothing


scene = Scene()


class Part(Model):
    """A part of a thing."""

    label: ShortLine
    weight: Amount


class NewThing(Model):
    """A thing with a field of every kind."""

    name: ShortLine
    price: Amount = Decimal(0)
    count: Annotated[int, Field(ge=0, le=1000)] = 1
    day: date | None = None
    note: Paragraph | None = None
    parts: Annotated[tuple[Part, ...], Field(max_length=200)] = ()


class Thing(Model):
    """A thing as it was kept."""

    id: UUID
    name: str


class ThingQuery(PageQuery):
    """Which things."""

    name: Annotated[ShortLine, Field(max_length=20)] | None = None


PAGE = """
    select json_build_object('id', id, 'name', name) as item, created_at as sort_at, id from things
    where (created_at, id) < (:after_at::timestamptz, :after_id::uuid)
    order by created_at desc, id desc limit :limit::integer + 1
"""


@db.in_transaction
def keep(tx: Transaction, new: NewThing) -> bytes:
    """Keep a thing; what the scene lets happen comes after."""
    kept = tx.json(
        "insert into things (name) values (:name) returning json_build_object('id', id, 'name', name)::text", name=new.name
    )
    scene.during()
    return kept


@api.post("/things", who=SIGNED_IN, status=201, answer=Thing)
def make_thing(body: NewThing) -> bytes:
    """Make a thing."""
    return keep(body)


@api.post("/open/things", who=ANYONE, status=201, answer=Thing)
def make_thing_as_anyone(body: NewThing) -> dict[str, object]:
    """Take a thing from anyone and keep nothing of it."""
    return {"name": body.name, "price": str(body.price), "note": body.note, "parts": len(body.parts)}


@api.post("/things/{thing_id}/call", who=SIGNED_IN, answer=Thing, calls_gateway=True)
def call_about_thing(thing_id: UUID) -> bytes:
    """Do something about a thing that can't be one transaction."""
    assert not db.transaction_is_open()
    return keep(NewThing(name=f"called about {thing_id}"))


@api.get("/things", who=ANYONE, answer=list[Thing])
def list_things(call: Call, query: ThingQuery) -> Answer:
    """Things, newest first."""
    page = read_page(PAGE, query)
    return Answer(page.body, headers=page.link(call.request, "http://example.test"))


@api.get("/things/{thing_id}", who=ANYONE, answer=Thing)
def read_thing(thing_id: UUID) -> bytes:
    """One thing."""
    found = db.read_json("select json_build_object('id', id)::text from things where id = :id", id=thing_id)
    if found is None:
        raise NotFound("There is no such thing")
    return found


@api.delete("/things/{thing_id}", who=ADMIN, status=204)
def delete_thing(thing_id: UUID) -> None:
    """Do as if a thing were deleted."""
    assert thing_id


@api.get("/names/{name}", who=ANYONE, answer=Thing)
def read_name(name: str) -> bytes:
    """A name, as the database has it."""
    return db.read_json("select to_json(:name::text)::text", name=name) or json.dumps(None).encode()


@api.get("/scene", who=ANYONE)
def play(call: Call) -> dict[str, object]:
    """Let the scene happen, and tell who calls from where."""
    scene.during()
    return {"address": call.address, "request_id": call.request_id, "trace_id": call.trace_id}
