"""A picture that was sent becomes one of ours, and an account shows one of its own.

First it is written down, then drawn anew and stored, and only then does an account point to it. Whatever fails in between,
the account shows what it showed before, and a job removes what is left over.
"""

import re
from collections.abc import Sequence
from uuid import UUID

from lib.config import config
from lib.db import Transaction
from lib.errors import Invalid
from lib.pictures.drawing import draw_anew
from lib.pictures.given import Photo
from lib.pictures.records import give_picture, insert_picture
from lib.pictures.storage import storage

NAME = re.compile(r"[0-9a-f]{40}")
AVATAR = ("body", "avatar")


def keep_picture(photo: Photo, uploader_id: UUID, loc: Sequence[str], owner_id: UUID | None = None) -> str:
    """Store a picture; its address. `owner_id`: whose it is; None: the first account's that is to show it.

    Raises Invalid, which names `loc`, for what is no picture, TooManyRequests, Busy, or Unavailable without the store.
    """
    name = insert_picture(uploader_id, owner_id)
    storage().write(name, draw_anew(photo, loc))
    return f"{_root()}{name}"


def address_of(avatar: Photo | str | None, uploader_id: UUID) -> str | None:
    """The address that a form names, or that of the picture in it. Raises what `keep_picture` raises."""
    return keep_picture(avatar, uploader_id, AVATAR) if isinstance(avatar, Photo) else avatar


def require_may_show(tx: Transaction, user_id: UUID, address: str) -> None:
    """Raise Invalid unless this is the address of a picture that an account, whose row is locked, may come to show."""
    name = address.removeprefix(_root())
    if not NAME.fullmatch(name) or not give_picture(tx, name, user_id):
        raise Invalid.field(AVATAR, "must be a picture as a data: URI, or the address of one of the account's own pictures")


def _root() -> str:
    return f"{config().app_base_url}/api/pictures/"
