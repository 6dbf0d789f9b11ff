"""The append-only log of what staff change: who, what, before, after, when, from where."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from lib.db import Transaction


@dataclass(frozen=True)
class Actor:
    """Who does something, and from where."""

    user_id: UUID
    role: str
    address: str
    request_id: str

    @property
    def is_staff(self) -> bool:
        """Whether this is not a customer. Every change by staff is logged."""
        return self.role != "CUSTOMER"


def record(
    tx: Transaction,
    actor: Actor | None,
    action: str,
    entity: str,
    entity_id: UUID,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Log one change, in the transaction that makes it. Without an actor it followed from what the gateway shows."""
    tx.send(
        """
        insert into audit_log (actor_id, actor_role, action, entity, entity_id, before, after, address, request_id)
        values (:actor_id, :actor_role, :action, :entity, :entity_id, :before::jsonb, :after::jsonb, :address, :request_id)
        """,
        actor_id=actor and actor.user_id,
        actor_role=actor and actor.role,
        action=action,
        entity=entity,
        entity_id=entity_id,
        before=None if before is None else json.dumps(before, default=str),
        after=None if after is None else json.dumps(after, default=str),
        address=actor and actor.address,
        request_id=actor and actor.request_id,
    )
