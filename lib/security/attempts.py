"""An attempt with an e-mail address, as the throttle counts it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from lib import db
from lib.security import devices, names, throttle
from lib.security.throttle import Attempt, Limits


@dataclass(frozen=True, kw_only=True)
class _Owner:
    id: UUID
    is_known_here: Annotated[
        bool, db.Column("exists (select from sessions s where s.user_id = users.id and s.place = :place)")
    ]


def attempt_from(address: str, headers: Mapping[str, str], email: str, limits: Limits) -> Attempt:
    """An attempt from a client's address. Whoever opened the account from there, or with this device, is no stranger."""
    place, network = throttle.place_of(address)
    owner = db.read.first(_Owner, "select :row from users where lower(email) = lower(:email)", email=email, place=place)
    key = names.account_key(email)
    device_id = devices.recognise(headers, owner.id) if owner else None
    if device_id:
        return Attempt(account=key, place=f"device {device_id}", is_known=True, limits=limits)
    is_known = owner is not None and owner.is_known_here
    return Attempt(account=key, place=place, network=network, is_known=is_known, limits=limits)
