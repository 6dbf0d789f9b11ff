"""A small API for these tests. Its things are rows of a table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field

from lib import db
from lib.db import Transaction
from lib.errors import require_found
from lib.models import Model, Paragraph, ShortLine
from lib.money import Amount
from lib.web import ADMIN, ANYONE, SIGNED_IN, Api, Call, Listing, PageQuery, Response, read_page

api = Api("example", "Examples")


def nothing() -> None:
    """Do nothing; a test may put another function in this one's place."""


@dataclass
class Scene:
    """A function that the handlers call, set by a test."""

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
    """A thing as it is stored."""

    id: UUID
    name: str


class ThingQuery(PageQuery):
    """Which things."""

    name: Annotated[ShortLine, Field(max_length=20)] | None = None


THINGS = Listing("thing_documents")
PAGE = THINGS.page()


@db.in_transaction
def store(tx: Transaction, new: NewThing) -> bytes:
    """Store a thing, and then let the scene happen."""
    stored = tx.json(
        "insert into things (name) values (:name) returning json_build_object('id', id, 'name', name)::text", name=new.name
    )
    scene.during()
    return stored


@api.post("/things", roles=SIGNED_IN, status=201, response=Thing)
def make_thing(body: NewThing) -> bytes:
    """Make a thing."""
    return store(body)


@api.post("/large/things", roles=SIGNED_IN, status=201, response=Thing, body_limit=4 * 1024 * 1024)
def make_large_thing(body: NewThing) -> bytes:
    """Make a thing of which much may be said."""
    return store(body)


@api.post("/open/things", roles=ANYONE, status=201, response=Thing)
def make_thing_as_anyone(body: NewThing) -> dict[str, object]:
    """Take a thing from anyone and store nothing of it."""
    return {"name": body.name, "price": str(body.price), "note": body.note, "parts": len(body.parts)}


@api.post("/things/{thing_id}/call", roles=SIGNED_IN, response=Thing, one_transaction=False)
def call_about_thing(thing_id: UUID) -> bytes:
    """Do something about a thing that can't be one transaction."""
    assert not db.transaction_is_open()
    return store(NewThing(name=f"called about {thing_id}"))


@api.get("/things", roles=ANYONE, response=list[Thing])
def list_things(call: Call, query: ThingQuery) -> Response:
    """Things, newest first."""
    page = read_page(query, THINGS)
    return Response(page.body, headers=page.link(call.request, "http://example.test"))


@api.get("/things/{thing_id}", roles=ANYONE, response=Thing)
def read_thing(thing_id: UUID) -> bytes:
    """One thing."""
    found = db.read.first_json("select json_build_object('id', id)::text from things where id = :id", id=thing_id)
    return require_found(found, "thing")


@db.in_transaction
def rename(tx: Transaction, thing_id: UUID, name: str) -> None:
    """Give a thing another name."""
    tx.run("update things set name = :name where id = :id", id=thing_id, name=name)


@api.put("/things/{thing_id}", roles=SIGNED_IN, response=Thing)
def rename_thing(thing_id: UUID, body: NewThing) -> bytes:
    """Rename a thing, let the scene happen, and read the response."""
    rename(thing_id, body.name)
    scene.during()
    return bytes(read_thing(thing_id))


@api.delete("/things/{thing_id}", roles=ADMIN, status=204)
def delete_thing(thing_id: UUID) -> None:
    """Answer as if a thing were deleted."""
    assert thing_id


@api.get("/names/{name}", roles=ANYONE, response=Thing)
def read_name(name: str) -> bytes:
    """A name, as the database has it."""
    return db.read.json("select to_json(:name::text)::text", name=name)


@api.get("/instant", roles=ANYONE, is_instant=True)
def read_at_once() -> dict[str, object]:
    """Answer without waiting for anything."""
    return {"status": "there"}


@api.get("/scene", roles=ANYONE)
def play(call: Call) -> dict[str, object]:
    """Let the scene happen, and answer with the caller's address."""
    scene.during()
    return {"address": call.address, "request_id": call.request_id, "trace_id": call.trace_id}
