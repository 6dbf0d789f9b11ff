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

# "card": the customer let the gateway keep a card. "unknown": a signed event of a kind that we don't know.
Kind = Literal["paid", "failed", "expired", "cancelled", "pending", "refund", "card", "unknown"]
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
_STATUSES = ("invoice_status", "status")
# The fields that version 3 signs in a refund, and the hash. We act on a signed refund, so no other field is read: somebody
# may have added it (another amount, another payment's key).
_REFUND_FIELDS = ("transactionId", "amount", "currency", "hashKey", "transactionHashKey")
_HASHES = ("hashKey", "transactionHashKey")


@dataclass(frozen=True)
class Event:
    """A webhook as it came. The hash proves only the values in its signed text, and never status or amount.

    An expired or cancelled event may be signed by its reference. Then the hash does not even prove the invoice id. Version 2
    on a moved account may send a transaction's id and key beside the invoice's, each pair with a hash of its own.

    `equal_texts`: what would be signed if a refund's amount were written otherwise (150.5 for 150.50).
    """

    kind: Kind
    shape: Shape
    encoding: Encoding
    invoice_id: str | None
    invoice_key: str | None
    transaction_id: str | None
    transaction_key: str | None
    reference: str | None
    payment_method: str | None
    amount: Decimal | None
    currency: str | None
    pay_load: dict[str, object] | None = field(repr=False)
    error_message: str | None
    given_hashes: tuple[str, ...]
    signed_texts: tuple[str, ...]
    equal_texts: tuple[str, ...]
    body: dict[str, object] = field(repr=False)
    digest: str

    def is_genuine(self, vendor_key: str) -> bool:
        """Tell whether the hash is right for one of the texts that the gateway signs in such an event."""
        texts = self.signed_texts + self.equal_texts
        return any(is_signed(text, given, vendor_key) for text in texts for given in self.given_hashes)

    @property
    def keys(self) -> frozenset[str]:
        """Every key that it names. Nobody can guess one."""
        return frozenset(key for key in (self.invoice_key, self.transaction_key) if key)


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
    transaction_id, transaction_key = _transaction(fields)
    return Event(
        kind=kind,
        shape=shape,
        encoding=encoding,
        invoice_id=invoice_id or transaction_id,
        invoice_key=invoice_key or transaction_key,
        transaction_id=transaction_id,
        transaction_key=transaction_key,
        reference=_reference(fields) or None,
        payment_method=_payment_method(fields) or None,
        amount=_amount(fields),
        currency=read_currency(first_of(fields, "paidCurrency", "currency")),
        pay_load=read_pay_load(first_of(stored, "pay_load", "payLoad")),
        error_message=_error_message(fields),
        given_hashes=_given_hashes(fields),
        signed_texts=_signed_texts(fields, kind, shape),
        equal_texts=_equal_texts(fields) if kind == "refund" else (),
        body=stored,
        digest=digest,
    )


def _kind(fields: dict[str, object]) -> Kind:
    status = _name(fields, *_STATUSES)
    if status is None:
        return _kind_without_status(fields)
    kind = _KINDS.get(status.strip().casefold())
    if kind is None:
        return _unknown(fields, "an unknown status")
    if kind == "refund" and _name(fields, "transactionId") is None:
        return _unknown(fields, "a refund of nothing")
    return kind


def _kind_without_status(fields: dict[str, object]) -> Kind:
    if given := [fields[name] for name in _STATUSES if fields.get(name) not in (None, "")]:
        # What a paid event does is right for either: the gateway is asked, and an attempt that is not paid stays open.
        return "paid" if True in given else _unknown(fields, "a status that is no text")
    if _name(fields, "customerUniqueId") is not None and _name(fields, "customerCardToken") is not None:
        return "card"
    if _name(fields, "invoice_id", "transaction_id") is not None:
        return "failed"  # the only event of a payment that the gateway sends without a status
    return _unknown(fields, "neither a status nor an invoice")


def _unknown(fields: dict[str, object], why: str) -> Kind:
    """Give the kind of an event that may be signed. Without a hash it is none."""
    if not _given_hashes(fields):
        raise Unreadable(why)
    return "unknown"


def _shape(fields: dict[str, object], kind: Kind) -> Shape:
    if kind == "refund":
        # Version 2 says "approved" and has no hash. A refund with a hash is version 3, so its hash must be right.
        is_v3 = "hashKey" in fields or _name(fields, "status") == "1"
    elif kind in ("expired", "cancelled"):
        is_v3 = "transactionKey" in fields or "transaction_key" in fields
    else:
        is_v3 = _name(fields, "invoice_id") is None and _name(fields, "transaction_id", "transaction_key") is not None
    return "v3" if is_v3 else "v2"


def _invoice(fields: dict[str, object]) -> tuple[str | None, str | None]:
    return _name(fields, "invoice_id"), _name(fields, "invoice_key", "InvoiceKey")


def _transaction(fields: dict[str, object]) -> tuple[str | None, str | None]:
    """Give the transaction's id and key, both in the same spelling, so that we act on the same values that are signed."""
    if _name(fields, "transaction_id", "transaction_key") is not None:
        return _name(fields, "transaction_id"), _name(fields, "transaction_key")
    return _name(fields, "transactionId"), _name(fields, "transactionKey")


def _signed_texts(fields: dict[str, object], kind: Kind, shape: Shape) -> tuple[str, ...]:
    """Give the texts that may be signed, by the gateway's table of signatures. Every value is as it was sent."""
    pairs = [_invoice_text(fields), _transaction_text(fields)]
    match kind:
        case "refund":
            texts = [_refund_text(fields, _name(fields, "amount"))] if shape == "v3" else []
        case "expired" | "cancelled":
            texts = [_reference_text(fields), *pairs]
        case "card":
            texts = [_card_text(fields)]
        case "unknown":
            texts = [*pairs, _reference_text(fields), _refund_text(fields, _name(fields, "amount")), _card_text(fields)]
        case _:
            texts = pairs
    return tuple(text for text in texts if text is not None)


def _invoice_text(fields: dict[str, object]) -> str | None:
    invoice_id, invoice_key = _invoice(fields)
    return _joined(InvoiceId=invoice_id, InvoiceKey=invoice_key, PaymentMethod=_payment_method(fields))


def _transaction_text(fields: dict[str, object]) -> str | None:
    transaction_id, key = _name(fields, "transaction_id"), _name(fields, "transaction_key")
    return _joined(TransactionId=transaction_id, TransactionKey=key, PaymentMethod=_payment_method(fields))


def _card_text(fields: dict[str, object]) -> str | None:
    token = _name(fields, "customerCardToken")
    return _joined(customerUniqueId=_name(fields, "customerUniqueId"), customerCardToken=token)


def _reference_text(fields: dict[str, object]) -> str | None:
    return _joined(referenceId=_reference(fields), PaymentMethod=_payment_method(fields))


def _refund_text(fields: dict[str, object], amount: str | None) -> str | None:
    return _joined(transactionId=_name(fields, "transactionId"), amount=amount, currency=_name(fields, "currency"))


def _equal_texts(fields: dict[str, object]) -> tuple[str, ...]:
    """Give the refund's text with the amount in other spellings. The gateway writes the body and signs in two places."""
    amount = read_amount(fields.get("amount"))
    if amount is None:
        return ()
    shortest = format(amount.normalize(), "f")
    spellings = [shortest, *(f"{amount:.{decimals}f}" for decimals in (1, 2, 3) if amount == round(amount, decimals))]
    return tuple(text for spelling in spellings if (text := _refund_text(fields, spelling)))


def _joined(**values: str | None) -> str | None:
    """Give `Name=value&…` in this order, or None if a value is missing, because the gateway signs only whole texts."""
    if None in values.values():
        return None
    return "&".join(f"{name}={value}" for name, value in values.items())


def _reference(fields: dict[str, object]) -> str | None:
    return _first_text(fields, "referenceId", "reference_id")


def _payment_method(fields: dict[str, object]) -> str | None:
    return _first_text(fields, "payment_method", "PaymentMethod", "paymentMethod")


def _name(fields: dict[str, object], *spellings: str) -> str | None:
    """Give the first of these fields that is a text and not empty; a form can't say null."""
    return next((text for spelling in spellings if (text := _text(fields.get(spelling)))), None)


def _first_text(fields: dict[str, object], *spellings: str) -> str | None:
    return next((text for spelling in spellings if (text := _text(fields.get(spelling))) is not None), None)


def _text(value: object) -> str | None:
    """Give a text; None for anything else. If it would have been signed, the text that is signed lacks it and is none."""
    try:
        return read_text(value)
    except Unreadable:
        return None


def _given_hashes(fields: dict[str, object]) -> tuple[str, ...]:
    return tuple(given for spelling in _HASHES if (given := _name(fields, spelling)))


def _amount(fields: dict[str, object]) -> Decimal | None:
    amount = read_amount(first_of(fields, "paidAmount", "amount"))
    if amount is not None:
        return amount
    hundredths = read_amount(fields.get("amount_cents"))  # the deployment guide's spelling
    return None if hundredths is None else hundredths.scaleb(-2)


def _error_message(fields: dict[str, object]) -> str | None:
    message = fields.get("errorMessage")
    return message[:_LONGEST_MESSAGE] or None if isinstance(message, str) else None
