"""Every statement that changes pictures. What an account no longer shows is released by a trigger on `users`."""

import secrets as randomness
from uuid import UUID

from lib import db
from lib.db import Transaction
from lib.errors import TooManyRequests

MOST_IN_AN_HOUR = 30
_NAME_BYTES = 20


@db.in_transaction
def insert_picture(tx: Transaction, uploader_id: UUID, owner_id: UUID | None) -> str:
    """Write down that a picture comes, before anything is done with it; its name. `owner_id` None: nobody's yet.

    Raises TooManyRequests if this account has sent MOST_IN_AN_HOUR within an hour, whatever became of them.
    """
    # One who sends several at once is counted one after another.
    tx.run("select 1 from users where id = :id for no key update", id=uploader_id)
    wait_seconds = tx.first_value(
        int,
        """
        select greatest(ceil(extract(epoch from created_at + interval '1 hour' - now())), 1)::integer from pictures
        where uploaded_by = :id and created_at > now() - interval '1 hour'
        order by created_at desc offset :others::integer limit 1
        """,
        id=uploader_id,
        others=MOST_IN_AN_HOUR - 1,
    )
    if wait_seconds is not None:
        raise TooManyRequests(
            f"You have sent {MOST_IN_AN_HOUR} pictures within an hour; wait a while", retry_after=wait_seconds
        )
    name = randomness.token_hex(_NAME_BYTES)
    tx.run(
        "insert into pictures (name, uploaded_by, user_id) values (:name, :uploader_id, :owner_id)",
        name=name,
        uploader_id=uploader_id,
        owner_id=owner_id,
    )
    return name


def give_picture(tx: Transaction, name: str, user_id: UUID) -> bool:
    """Let an account show a picture of its own, or one that is nobody's yet. False if there is none that it may show."""
    return tx.exists(
        """
        update pictures set user_id = :user_id, remove_at = null
        where name = :name and (user_id = :user_id or user_id is null) and not is_going returning 1
        """,
        name=name,
        user_id=user_id,
    )


@db.in_transaction
def begin_removing(tx: Transaction, most: int) -> list[str]:
    """Choose pictures that nobody needs, those that wait longest first; their names. No account may show them any more."""
    return tx.column(
        str,
        """
        update pictures set is_going = true
        where name in (select name from pictures where remove_at <= now()
                       order by remove_at limit :most::integer for update skip locked)
        returning name
        """,
        most=most,
    )


@db.in_transaction
def delete_picture(tx: Transaction, name: str) -> None:
    """Forget a picture whose file is gone."""
    tx.run("delete from pictures where name = :name and is_going", name=name)
