"""The calls to the gateway's API that this system makes."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar
from urllib.parse import quote

import requests

from lib.fawaterk.answers import read_invoice, read_opened_invoice, read_payment_methods
from lib.fawaterk.bodies import STRUCK_OUT
from lib.fawaterk.errors import GatewayNonsense, GatewayRefused, GatewayUnavailable, InvoiceUnknown, Unreadable
from lib.fawaterk.exchange import RawAnswer, exchange
from lib.fawaterk.models import GatewayInvoice, InvoiceRequest, OpenedInvoice, PaymentMethod
from lib.fawaterk.strict_json import read_json

T = TypeVar("T")

_MOST_REASONS = 20
_LONGEST_REASON = 300
_TOO_MANY_REQUESTS = 429


class Fawaterk:
    """The gateway under one account. Safe for many threads: it holds two strings, and no call shares a connection.

    Every method takes the seconds that it may last in all, never repeats a call, and raises a GatewayError.
    """

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key

    def payment_methods(self, timeout: float) -> list[PaymentMethod]:
        """Give the ways to pay that the account offers."""
        return self._call("GET", "getPaymentmethods", None, timeout, read_payment_methods)

    def open_invoice(self, request: InvoiceRequest, timeout: float) -> OpenedInvoice:
        """Open an invoice; after GatewayUnavailable or GatewayNonsense it may be open all the same."""
        return self._call("POST", "invoiceInitPay", request.to_wire(), timeout, read_opened_invoice)

    def invoice(self, invoice_id: str, timeout: float) -> GatewayInvoice:
        """Give an invoice's present state; raise InvoiceUnknown where the gateway has none of this id."""
        path = f"getInvoiceData/{quote(invoice_id, safe='')}"
        try:
            invoice = self._call("GET", path, None, timeout, read_invoice)
        except GatewayRefused as refusal:
            if _is_about_the_invoice(refusal):
                raise InvoiceUnknown(refusal.status, refusal.messages) from refusal
            raise
        if invoice_id not in (invoice.invoice_id, invoice.invoice_key):
            raise GatewayNonsense("an answer about another invoice")
        return invoice

    def refund(self, invoice_id: str, amount: Decimal, reason: str, timeout: float) -> None:
        """Send so much of an invoice's money back, in major units of its currency.

        The gateway knows no idempotency key: after GatewayUnavailable or GatewayNonsense it may have done it all the same.
        """
        body: dict[str, object] = {
            "refund_type": "0",  # an invoice's
            "refund_id": invoice_id,
            "reason": reason,
            "refundable_amount": format(amount, "f"),
            "comment": reason,
        }
        self._ask("POST", "refund/create", body, timeout, _require_success)

    def _call(
        self, method: str, path: str, body: dict[str, object] | None, timeout: float, read: Callable[[object], T]
    ) -> T:
        return self._ask(method, path, body, timeout, lambda envelope: read(envelope.get("data")))

    def _ask(
        self, method: str, path: str, body: dict[str, object] | None, timeout: float, read: Callable[[dict[str, object]], T]
    ) -> T:
        answer = exchange(self._prepared(method, path, body), timeout)
        try:
            return read(self._accepted(answer))
        except Unreadable as error:
            raise GatewayNonsense(f"{path.partition('/')[0]} answered {answer.status}: {error}") from error

    def _prepared(self, method: str, path: str, body: dict[str, object] | None) -> requests.PreparedRequest:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # so that the bound on a body's size is one on what it unpacks to
            "Authorization": f"Bearer {self._api_key}".encode(),
            "Content-Type": "application/json",  # the gateway wants it on GET, too
        }
        data = None if body is None else json.dumps(body)
        try:
            return requests.Request(method, f"{self._base_url}/{path}", headers=headers, data=data).prepare()
        except requests.RequestException:  # its text can quote a header, and so the key
            raise GatewayUnavailable("the gateway's address or key can't be used") from None

    def _accepted(self, answer: RawAnswer) -> dict[str, object]:
        if answer.status >= requests.codes.server_error or answer.status == _TOO_MANY_REQUESTS:
            raise GatewayUnavailable(f"the gateway answered {answer.status}")
        if requests.codes.multiple_choices <= answer.status < requests.codes.bad_request:
            raise Unreadable("a redirect, which is not followed")
        envelope = _envelope(answer)
        if answer.status >= requests.codes.bad_request or envelope.get("status") == "error":
            raise GatewayRefused(answer.status, self._messages(envelope))
        return envelope

    def _messages(self, envelope: dict[str, object]) -> dict[str, list[str]]:
        message = envelope.get("message")
        if message is None:
            raise Unreadable("a refusal without a reason")
        by_field = message if isinstance(message, dict) else {"message": message}
        return {
            self._reason(field): [self._reason(text) for text in (texts if isinstance(texts, list) else [texts])]
            for field, texts in list(by_field.items())[:_MOST_REASONS]
        }

    def _reason(self, text: object) -> str:
        # A gateway that echoes the request must not carry the key into our logs.
        return str(text).replace(self._api_key or STRUCK_OUT, STRUCK_OUT)[:_LONGEST_REASON]


def _envelope(answer: RawAnswer) -> dict[str, object]:
    try:
        envelope = read_json(answer.body.decode())
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8") from error
    if not isinstance(envelope, dict):
        raise Unreadable("not an object")
    return envelope


def _require_success(envelope: dict[str, object]) -> None:
    # There is no data to read in it, and anything else than its plain yes leaves it open whether the money went.
    if envelope.get("status") != "success":
        raise Unreadable("neither a success nor an error")


def _is_about_the_invoice(refusal: GatewayRefused) -> bool:
    """Tell an unknown invoice from a wrong token or content type, which the gateway refuses with 400 as well."""
    about_the_call = {"token", "content-type"} & refusal.messages.keys()
    return refusal.status in (requests.codes.bad_request, 404, 422) and not about_the_call
