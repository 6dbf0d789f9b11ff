"""The models of the people function's requests and responses."""

from typing import Literal
from uuid import UUID

from lib.models import Model


class StaffMember(Model):
    """Active staff. `name`: first and last name together."""

    id: UUID
    name: str
    first_name: str
    last_name: str
    email: str
    role: Literal["EMPLOYEE", "ADMIN", "SUPER_ADMIN"]
    avatar: str | None
