"""Reads an order's invoice: the snapshot from when it was issued, with the order's present status."""

from uuid import UUID

from lib import db
from lib.config import config
from lib.errors import NotFound
from lib.security.callers import Caller


def invoice(caller: Caller, order_id: UUID) -> bytes:
    """An order's invoice as JSON. Raises NotFound where there is none, or not for this caller."""
    return _found(
        db.read.first_json(
            """
            select document::text from invoice_documents(:base_url)
            where order_id = :order_id and (:is_staff::boolean or user_id = :caller_id)
            """,
            base_url=config().app_base_url,
            order_id=order_id,
            is_staff=caller.is_staff,
            caller_id=caller.user_id,
        )
    )


def invoice_of_order(order_id: UUID) -> bytes:
    """An order's invoice as JSON, whoever asks. Raises NotFound where there is none."""
    return _found(
        db.read.first_json(
            "select document::text from invoice_documents(:base_url) where order_id = :order_id",
            base_url=config().app_base_url,
            order_id=order_id,
        )
    )


def invoice_by_token(token: str) -> bytes | None:
    """The invoice whose QR code has this token, as JSON; None where there is none."""
    return db.read.first_json(
        "select document::text from invoice_documents(:base_url) where verify_token = :token",
        base_url=config().app_base_url,
        token=token,
    )


def _found(document: bytes | None) -> bytes:
    if document is None:
        raise NotFound("There is no invoice of such an order; an order gets its invoice when it is issued")
    return document
