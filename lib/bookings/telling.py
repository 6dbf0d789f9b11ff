"""The mails about a booking, for whoever queues them."""

import uuid
from uuid import UUID

from lib.mail.outbox import Kind, Mail


def confirmed(booking_id: UUID, user_id: UUID) -> Mail:
    """That a booking is confirmed. If it is not, as it was in another status than PENDING, the mail is not queued."""
    return _once(booking_id, user_id, "BOOKING_CONFIRMED")


def cancelled(booking_id: UUID, user_id: UUID) -> Mail:
    """That a booking is called off: told once, however that came about."""
    return _once(booking_id, user_id, "BOOKING_CANCELLED")


def changed(booking_id: UUID, user_id: UUID) -> Mail:
    """That staff changed what the customer sees of a booking: told each time."""
    key = f"booking:{booking_id}:changed:{uuid.uuid4()}"
    return Mail(user_id=user_id, kind="BOOKING_CHANGED", key=key, booking_id=booking_id)


def _once(booking_id: UUID, user_id: UUID, kind: Kind) -> Mail:
    return Mail(user_id=user_id, kind=kind, key=f"booking:{booking_id}:{kind}", booking_id=booking_id)
