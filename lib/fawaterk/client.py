"""This system's calls to the gateway's API."""

import json
import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

import requests

from lib.fawaterk.errors import GatewayNonsense, GatewayRefused, GatewayUnavailable, InvoiceUnknown, Unreadable
from lib.fawaterk.exchange import RawResponse, exchange
from lib.fawaterk.models import GatewayInvoice, InvoiceRequest, OpenedInvoice, PaymentMethod
from lib.fawaterk.parsing import REDACTED, text_without_secrets
from lib.fawaterk.refunds import RefundOrder, RefundPage, RefundState, read_refund_page, read_refund_state
from lib.fawaterk.responses import read_invoice, read_opened_invoice, read_payment_methods
from lib.fawaterk.strict_json import read_json

T = TypeVar("T")

_MOST_REASONS = 20
_LONGEST_REASON = 300
_LONGEST_SEEN = 2_000
_TOO_MANY_REQUESTS = 429
# What the gateway says of an invoice that it does not have, and what it says of anything else: our key, the account, the
# address that we call, the form of the request. Only the first ends a payment.
_INVOICE_FIELDS = {"invoice_id", "invoice_key", "intent_key", "transaction_id", "message"}
_IS_ABSENT = re.compile(
    r"""(?:invoice|transaction|intent)(?:[ _](?:id|key|data))?
        \ (?:(?:was\ |is\ |could\ )?not\ (?:be\ )?found|does\ not\ exist)
    | (?:no\ such|unknown)\ (?:invoice|transaction|intent)
    | selected\ (?:invoice|transaction|intent)[ _](?:id|key)\ is\ invalid
    | no\ query\ results\ for\ model\ \[[^]]*(?:invoice|transaction)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_IS_REFUND_ABSENT = re.compile(
    r"not (?:be )?found|does(?: not|n't) exist|no such|no query results|unknown refund|id is invalid", re.IGNORECASE
)
_OTHER_MATTER = re.compile(
    r"token|vendor|merchant|account|route|url|page|endpoint|method|content.type|header|permission|api.key|unauthori[sz]ed",
    re.IGNORECASE,
)


class Fawaterk:
    """The gateway with one account. Many threads may use it at once, because no two calls use a connection at the same time.

    Every method takes a time limit for the whole call, in seconds. It never repeats a call, and raises a GatewayError.
    """

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key

    def payment_methods(self, timeout: float) -> list[PaymentMethod]:
        """Give the account's payment methods."""
        return self._call("GET", "getPaymentmethods", None, timeout, read_payment_methods)

    def open_invoice(self, request: InvoiceRequest, timeout: float) -> OpenedInvoice:
        """Open an invoice. After GatewayUnavailable or GatewayNonsense it may be open nevertheless."""
        return self._call("POST", "invoiceInitPay", request.to_wire(), timeout, read_opened_invoice)

    def invoice(self, invoice_id: str, timeout: float) -> GatewayInvoice:
        """Give an invoice's present state; raise InvoiceUnknown if the gateway has no invoice with this id."""
        path = f"getInvoiceData/{quote(invoice_id, safe='')}"
        try:
            invoice = self._call("GET", path, None, timeout, read_invoice)
        except GatewayRefused as refusal:
            if _says_that_there_is_none(refusal):
                raise InvoiceUnknown(refusal.status, refusal.messages) from refusal
            raise
        if invoice_id not in (invoice.invoice_id, invoice.invoice_key):
            raise GatewayNonsense("an answer about another invoice", invoice.seen)
        return invoice

    def request_refund(self, order: RefundOrder, timeout: float) -> None:
        """Submit a request for a refund. The gateway decides about it later, which its list alone shows.

        The gateway has no idempotency keys. After GatewayUnavailable or GatewayNonsense it may have the request.
        """
        self._ask("POST", "refund/create", order.to_wire(), timeout, _require_success)

    def listed_refunds(self, page: int, timeout: float) -> RefundPage:
        """Give a page (from 1) of the list of the account's refunds, newest first."""
        # Integrators send the page in the query or in the body; nobody says which of them counts.
        return self._ask("POST", f"refund/index?page={page}", {"page": page}, timeout, read_refund_page)

    def refund_state(self, gateway_id: str, timeout: float) -> tuple[RefundState, str]:
        """Give the state of one refund of the list, and the gateway's word for it; GONE if it says that there is none."""
        path = f"refund/details/{quote(gateway_id, safe='')}"
        try:
            return self._ask("GET", path, None, timeout, read_refund_state, may_be_null=True)
        except GatewayRefused as refusal:
            if refusal.status == requests.codes.not_found and _is_all(refusal, _is_a_refunds_absence):
                return "GONE", ""
            raise

    def withdraw_refund(self, gateway_id: str, timeout: float) -> None:
        """Take a pending request for a refund back. Raises GatewayRefused if it is approved or gone."""
        refund_id: object = int(gateway_id) if gateway_id.isascii() and gateway_id.isdigit() else gateway_id
        self._ask("POST", "refund/delete", {"refund_id": refund_id}, timeout, _require_success)

    def _call(
        self, method: str, path: str, body: dict[str, object] | None, timeout: float, read: Callable[[object], T]
    ) -> T:
        return self._ask(method, path, body, timeout, lambda envelope: read(envelope.get("data")))

    def _ask(
        self,
        method: str,
        path: str,
        body: dict[str, object] | None,
        timeout: float,
        read: Callable[[dict[str, object]], T],
        *,
        may_be_null: bool = False,
    ) -> T:
        response = exchange(self._prepared(method, path, body), timeout)
        try:
            return read(self._accepted(response, may_be_null=may_be_null))
        except Unreadable as error:
            called = path.partition("/")[0]
            raise GatewayNonsense(f"{called} answered {response.status}: {error}", self._seen(response)) from error

    def _prepared(self, method: str, path: str, body: dict[str, object] | None) -> requests.PreparedRequest:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # so that the limit on a body's size is also a limit on its decoded size
            "Authorization": f"Bearer {self._api_key}".encode(),
            "Content-Type": "application/json",  # the gateway requires it for GET too
        }
        data = None if body is None else json.dumps(body)
        try:
            return requests.Request(method, f"{self._base_url}/{path}", headers=headers, data=data).prepare()
        except requests.RequestException:  # its text can quote a header, which has the key
            raise GatewayUnavailable("the gateway's address or key can't be used") from None

    def _accepted(self, response: RawResponse, *, may_be_null: bool) -> dict[str, object]:
        if response.status >= requests.codes.server_error or response.status == _TOO_MANY_REQUESTS:
            raise GatewayUnavailable(f"the gateway answered {response.status}")
        if requests.codes.multiple_choices <= response.status < requests.codes.bad_request:
            raise Unreadable("a redirect, which is not followed")
        envelope = _envelope(response, may_be_null=may_be_null)
        if response.status >= requests.codes.bad_request or envelope.get("status") == "error":
            raise GatewayRefused(response.status, self._messages(envelope))
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

    def _seen(self, response: RawResponse) -> str:
        text = text_without_secrets(response.body[: 4 * _LONGEST_SEEN])
        return text.replace(self._api_key or REDACTED, REDACTED)[:_LONGEST_SEEN]

    def _reason(self, text: object) -> str:
        # If the gateway's message quotes our request, the key must not get into our logs.
        return str(text).replace(self._api_key or REDACTED, REDACTED)[:_LONGEST_REASON]


def _envelope(response: RawResponse, *, may_be_null: bool) -> dict[str, object]:
    try:
        envelope = read_json(response.body.decode())
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8") from error
    if envelope is None and may_be_null:
        return {}
    if not isinstance(envelope, dict):
        raise Unreadable("not an object")
    return envelope


def _require_success(envelope: dict[str, object]) -> None:
    # The response has no other data. With any other status it is not known whether the gateway did it.
    if envelope.get("status") != "success":
        raise Unreadable("neither a success nor an error")


def _says_that_there_is_none(refusal: GatewayRefused) -> bool:
    """Tell whether every reason says that this invoice does not exist. A 400, 404 or 422 alone does not say so."""
    return refusal.status in (requests.codes.ok, requests.codes.bad_request, 404, 422) and _is_all(refusal, _is_an_absence)


def _is_all(refusal: GatewayRefused, is_one: Callable[[str, str], bool]) -> bool:
    """Tell whether there are reasons, and this is true of each: its field and its text."""
    reasons = [(field, text) for field, texts in refusal.messages.items() for text in texts]
    return bool(reasons) and all(is_one(field, text) for field, text in reasons)


def _is_an_absence(field: str, text: str) -> bool:
    return field in _INVOICE_FIELDS and bool(_IS_ABSENT.search(text)) and not _OTHER_MATTER.search(text)


def _is_a_refunds_absence(_field: str, text: str) -> bool:
    return bool(_IS_REFUND_ABSENT.search(text)) and not _OTHER_MATTER.search(text)
