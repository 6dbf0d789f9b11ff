"""Reads the gateway's webhooks, with their different versions, spellings and encodings, into one class."""

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from lib.fawaterk.errors import Unreadable, UnreadableEvent
from lib.fawaterk.parsing import Encoding, read_body, without_secrets
from lib.fawaterk.signatures import is_signed
from lib.fawaterk.values import first_of, read_amount, read_currency, read_pay_load, read_text

__all__ = ["Event", "Kind", "Shape", "UnreadableEvent", "read_event"]

Kind = Literal["paid", "failed", "expired", "cancelled", "pending", "refund"]
Shape = Literal["v2", "v3"]

_LONGEST_MESSAGE = 2_000
_KINDS: dict[str, Kind] = {
    "paid": "paid",
    "pending": "pending",
    "failed": "failed",
    "expired": "expired",
    "canceled": "cancelled",
    "cancelled": "cancelled",
    "approved": "refund",  # version 2
    "1": "refund",  # version 3
}
# The fields that version 3 signs in a refund, and the hash. We act on a signed refund, so no other field is read: somebody
# may have added it (another amount, another payment's key).
_REFUND_FIELDS = ("transactionId", "amount", "currency", "hashKey", "transactionHashKey")


@dataclass(frozen=True)
class Event:
    """A webhook as it came. The hash proves only the values in its signed text, and never status or amount.

    An expired or cancelled event may be signed by its reference. Then the hash does not even prove the invoice id.
    """

    kind: Kind
    shape: Shape
    encoding: Encoding
    invoice_id: str | None
    invoice_key: str | None
    reference: str | None
    payment_method: str | None
    amount: Decimal | None
    currency: str | None
    pay_load: dict[str, object] | None = field(repr=False)
    error_message: str | None
    given_hash: str | None
    signed_texts: tuple[str, ...]
    body: dict[str, object] = field(repr=False)
    digest: str

    def is_genuine(self, vendor_key: str) -> bool:
        """Tell whether the hash is right for one of the texts that the gateway signs in such an event."""
        return any(is_signed(text, self.given_hash, vendor_key) for text in self.signed_texts)


def read_event(body: bytes, content_type: str | None) -> Event:
    """Give the event in a webhook's body; raise UnreadableEvent, and no other error, where there is none."""
    try:
        encoding, fields = read_body(body, content_type)
        return _event(encoding, fields, hashlib.sha256(body).hexdigest())
    except Unreadable as error:
        raise UnreadableEvent(str(error)) from error


def _event(encoding: Encoding, fields: dict[str, object], digest: str) -> Event:
    kind = _kind(fields)
    shape = _shape(fields, kind)
    stored = without_secrets(fields)
    if kind == "refund":
        fields = {name: fields[name] for name in _REFUND_FIELDS if name in fields}
    invoice_id, invoice_key = _invoice(fields)
    return Event(
        kind=kind,
        shape=shape,
        encoding=encoding,
        invoice_id=invoice_id or None,
        invoice_key=invoice_key or None,
        reference=_reference(fields) or None,
        payment_method=_payment_method(fields) or None,
        amount=_amount(fields),
        currency=read_currency(first_of(fields, "paidCurrency", "currency")),
        pay_load=read_pay_load(first_of(stored, "pay_load", "payLoad")),
        error_message=_error_message(fields),
        given_hash=_given_hash(fields, shape),
        signed_texts=_signed_texts(fields, kind, shape),
        body=stored,
        digest=digest,
    )


def _kind(fields: dict[str, object]) -> Kind:
    status = _name(fields, "invoice_status") or _name(fields, "status")
    if status is None:
        if _name(fields, "invoice_id", "transaction_id") is None:
            raise Unreadable("neither a status nor an invoice")
        return "failed"  # the only event that the gateway sends without a status
    kind = _KINDS.get(status.strip().casefold())
    if kind is None:
        raise Unreadable("an unknown status")
    if kind == "refund" and _name(fields, "transactionId") is None:
        raise Unreadable("a refund of nothing")
    return kind


def _shape(fields: dict[str, object], kind: Kind) -> Shape:
    if kind == "refund":
        # Version 2 says "approved" and has no hash. A refund with a hash is version 3, so its hash must be right.
        is_v3 = "hashKey" in fields or _name(fields, "status") == "1"
    elif kind in ("expired", "cancelled"):
        is_v3 = "transactionKey" in fields or "transaction_key" in fields
    else:
        is_v3 = "invoice_id" not in fields and ("transaction_id" in fields or "transaction_key" in fields)
    return "v3" if is_v3 else "v2"


def _invoice(fields: dict[str, object]) -> tuple[str | None, str | None]:
    """Give the invoice's id and key, both in the same spelling, so that we act on the same values that are signed."""
    if fields.get("invoice_id") is not None:
        key = read_text(first_of(fields, "invoice_key", "InvoiceKey"))
        return read_text(fields["invoice_id"]), key
    if fields.get("transaction_id") is not None:
        return read_text(fields["transaction_id"]), read_text(fields.get("transaction_key"))
    return read_text(fields.get("transactionId")), read_text(fields.get("transactionKey"))


def _signed_texts(fields: dict[str, object], kind: Kind, shape: Shape) -> tuple[str, ...]:
    """Give the texts that may be signed, by the gateway's table of signatures. Every value is as it was sent."""
    if kind == "refund":
        texts = [_refund_text(fields)] if shape == "v3" else []
    elif kind in ("expired", "cancelled"):
        texts = [_reference_text(fields), _invoice_text(fields)]
    else:
        texts = [_invoice_text(fields)]
    return tuple(text for text in texts if text is not None)


def _invoice_text(fields: dict[str, object]) -> str | None:
    invoice_id, invoice_key = _invoice(fields)
    if fields.get("invoice_id") is not None:
        return _joined(InvoiceId=invoice_id, InvoiceKey=invoice_key, PaymentMethod=_payment_method(fields))
    if fields.get("transaction_id") is not None:
        return _joined(TransactionId=invoice_id, TransactionKey=invoice_key, PaymentMethod=_payment_method(fields))
    return None


def _reference_text(fields: dict[str, object]) -> str | None:
    return _joined(referenceId=_reference(fields), PaymentMethod=_payment_method(fields))


def _refund_text(fields: dict[str, object]) -> str | None:
    amount, currency = read_text(fields.get("amount")), read_text(fields.get("currency"))
    return _joined(transactionId=read_text(fields.get("transactionId")), amount=amount, currency=currency)


def _joined(**values: str | None) -> str | None:
    """Give `Name=value&…` in this order, or None if a value is missing, because the gateway signs only whole texts."""
    if None in values.values():
        return None
    return "&".join(f"{name}={value}" for name, value in values.items())


def _reference(fields: dict[str, object]) -> str | None:
    return read_text(first_of(fields, "referenceId", "reference_id"))


def _payment_method(fields: dict[str, object]) -> str | None:
    return read_text(first_of(fields, "payment_method", "PaymentMethod", "paymentMethod"))


def _name(fields: dict[str, object], *spellings: str) -> str | None:
    return read_text(first_of(fields, *spellings)) or None


def _given_hash(fields: dict[str, object], shape: Shape) -> str | None:
    if shape == "v3":
        return _name(fields, "transactionHashKey", "hashKey")
    return _name(fields, "hashKey")


def _amount(fields: dict[str, object]) -> Decimal | None:
    amount = read_amount(first_of(fields, "paidAmount", "amount"))
    if amount is not None:
        return amount
    hundredths = read_amount(fields.get("amount_cents"))  # the deployment guide's spelling
    return None if hundredths is None else hundredths.scaleb(-2)


def _error_message(fields: dict[str, object]) -> str | None:
    message = fields.get("errorMessage")
    return message[:_LONGEST_MESSAGE] or None if isinstance(message, str) else None
