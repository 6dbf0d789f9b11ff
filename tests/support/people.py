"""Makes people of every role directly in the database, because the API only makes customers."""

import secrets as randomness
import uuid
from dataclasses import dataclass
from uuid import UUID

from lib.security import tokens
from tests.support import database
from tests.support.clients import Client, System


@dataclass(frozen=True)
class Person:
    """A user with a session, and a client that is signed in as them."""

    id: str
    email: str
    role: str
    client: Client


def make_person(system: System, role: str, *, language: str = "en", phone: str | None = "01012345678") -> Person:
    """Make a user of this role who is signed in. Their hash matches no password."""
    email = f"{role.lower()}-{randomness.token_hex(6)}@example.com"
    rows = database.run(
        system.database_url,
        """
        with person as (
            insert into users (email, password_hash, first_name, last_name, phone, role, language)
            values (:email, '!', 'Mona', 'El-Sayed', :phone, :role, :language) returning id
        )
        insert into sessions (user_id) select id from person returning id::text, user_id::text
        """,
        email=email,
        phone=phone,
        role=role,
        language=language,
    )
    session_id, user_id = rows[0]
    token = tokens.issue(tokens.Claims(UUID(user_id), uuid.UUID(session_id)))
    return Person(user_id, email, role, Client(system.base_url, token))
