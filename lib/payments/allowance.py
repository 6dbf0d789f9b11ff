"""How many attempts a customer may open on one order.

Each costs calls to the gateway, which allows about 50 a minute for everybody together.
"""

from lib.audit import Actor
from lib.db import Transaction
from lib.errors import TooManyRequests
from lib.orders.locks import LockedOrder

MOST_ATTEMPTS = 12


def refuse_too_many_attempts(tx: Transaction, order: LockedOrder, actor: Actor) -> None:
    """Raise TooManyRequests if a customer has opened MOST_ATTEMPTS on a locked order within an hour.

    It says when the next one may be opened. Staff are not limited, and what they open counts for nobody.
    """
    if actor.is_staff:
        return
    wait_seconds = tx.first_value(
        int,
        """
        select greatest(ceil(extract(epoch from created_at + interval '1 hour' - now())), 1)::integer from payments
        where order_id = :order_id and opened_by_user_id = :user_id and payment_method_id is not null
          and created_at > now() - interval '1 hour'
        order by created_at desc offset :others::integer limit 1
        """,
        order_id=order.id,
        user_id=actor.user_id,
        others=MOST_ATTEMPTS - 1,
    )
    if wait_seconds is not None:
        minutes = -(-wait_seconds // 60)
        raise TooManyRequests(
            f"A payment of order {order.order_number} was begun {MOST_ATTEMPTS} times within an hour. "
            f"The next one can be begun in {minutes} minute{'s' if minutes > 1 else ''}",
            retry_after=wait_seconds,
        )
