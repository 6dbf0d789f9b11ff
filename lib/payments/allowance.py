"""How many attempts a customer may open, on one order and on all of theirs.

Each costs calls to the gateway, which allows about 50 a minute for everybody together.
"""

from uuid import UUID

from lib.audit import Actor
from lib.db import Transaction
from lib.errors import TooManyRequests
from lib.orders.locks import LockedOrder

MOST_ATTEMPTS = 12
# Quick pay makes an order for every other sum, so a limit on each order is none on its customer.
MOST_OF_CUSTOMER = 40


def refuse_too_many_attempts(tx: Transaction, order: LockedOrder, actor: Actor) -> None:
    """Raise TooManyRequests if a customer has opened MOST_ATTEMPTS on a locked order within an hour, or too many in all.

    It says when the next one may be opened. Staff are not limited, and what they open counts for nobody.
    """
    if actor.is_staff:
        return
    wait_seconds = _wait_seconds(tx, actor, MOST_ATTEMPTS, order.id)
    if wait_seconds is not None:
        raise _too_many(f"A payment of order {order.order_number} was", MOST_ATTEMPTS, wait_seconds)
    refuse_too_many_of_customer(tx, actor)


def refuse_too_many_of_customer(tx: Transaction, actor: Actor) -> None:
    """Raise TooManyRequests if a customer has opened MOST_OF_CUSTOMER within an hour, whatever for."""
    if actor.is_staff:
        return
    # Two orders are locked each by itself, and this keeps them from counting at the same moment.
    tx.run("select pg_advisory_xact_lock(hashtextextended('attempts:' || :user_id, 0))", user_id=str(actor.user_id))
    wait_seconds = _wait_seconds(tx, actor, MOST_OF_CUSTOMER)
    if wait_seconds is not None:
        raise _too_many("Payments of yours were", MOST_OF_CUSTOMER, wait_seconds)


def _wait_seconds(tx: Transaction, actor: Actor, most: int, order_id: UUID | None = None) -> int | None:
    """The seconds until one more may be opened, of this order or of any; None if it may be now."""
    return tx.first_value(
        int,
        """
        select greatest(ceil(extract(epoch from created_at + interval '1 hour' - now())), 1)::integer from payments
        where user_id = :user_id and opened_by_user_id = :user_id and payment_method_id is not null
          and created_at > now() - interval '1 hour' and (:order_id::uuid is null or order_id = :order_id)
        order by created_at desc offset :others::integer limit 1
        """,
        order_id=order_id,
        user_id=actor.user_id,
        others=most - 1,
    )


def _too_many(what: str, most: int, wait_seconds: int) -> TooManyRequests:
    minutes = -(-wait_seconds // 60)
    return TooManyRequests(
        f"{what} begun {most} times within an hour. "
        f"The next one can be begun in {minutes} minute{'s' if minutes > 1 else ''}",
        retry_after=wait_seconds,
    )
