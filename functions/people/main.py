"""The people function: users, as staff find, see and change them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from functions.people import queries
from functions.people.schemas import StaffMember
from lib.web import ADMIN, Api
from lib.web.service import add_health

api = Api("people", "People")
add_health(api)


@api.get("/api/admin/employees", roles=ADMIN, response=list[StaffMember])
def list_staff() -> bytes:
    """Active staff to whom a customer or a conversation can be assigned, by name."""
    return queries.staff()


people = api.function()
