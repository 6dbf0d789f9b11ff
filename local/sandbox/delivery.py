"""Delivers webhooks: to which address, in which encoding, and what the receiver answered."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, TypedDict
from urllib.parse import urlencode, urlsplit

import requests

from local.sandbox.account import Account
from local.sandbox.invoices import EventKind, Invoice
from local.sandbox.webhooks import Payload

Encoding = Literal["json", "form"]

_TIMEOUT_SECONDS = 15


class Delivery(TypedDict):
    """The receiver's response: its status and its body (a JSON value or a text), or 0 and why there was no response."""

    status: int
    body: object


def webhook_url(account: Account, invoice: Invoice, event: EventKind) -> str:
    """Give the address of an event's webhook: the invoice's own for paid events, the dashboard's for all others."""
    return invoice.urls.get("webhookUrl", account.webhook_url) if event == "paid" else account.webhook_url


def usual_encoding(url: str, event: EventKind) -> Encoding:
    """Give the encoding that the gateway would use. It depends on the address, but some events are always JSON."""
    always_json = event in ("expired", "cancelled", "refunded")
    return "json" if always_json or "_json" in urlsplit(url).path else "form"


def deliver(url: str, payload: Payload, encoding: Encoding, times: int) -> list[Delivery]:
    """Send the payload `times` times, all at the same moment, and give the responses."""
    with ThreadPoolExecutor(max_workers=times) as pool:
        return list(pool.map(lambda _: _deliver_once(url, payload, encoding), range(times)))


def _deliver_once(url: str, payload: Payload, encoding: Encoding) -> Delivery:
    if encoding == "json":
        body, content_type = json.dumps(payload, ensure_ascii=False), "application/json"
    else:
        body, content_type = urlencode(_form_fields(payload)), "application/x-www-form-urlencoded"
    with requests.Session() as session:
        session.trust_env = False  # requests between two ports of one machine must not go through a proxy
        try:
            response = session.post(
                url,
                data=body.encode(),
                headers={"Content-Type": content_type},
                timeout=_TIMEOUT_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            return {"status": 0, "body": f"{type(error).__name__}: {error}"}
    return {"status": response.status_code, "body": _body(response)}


def _body(response: requests.Response) -> object:
    try:
        return response.json()
    except requests.JSONDecodeError:
        return response.text


def _form_fields(value: object, name: str = "") -> list[tuple[str, str]]:
    """Give name and value pairs in the form of PHP's http_build_query: brackets for nested names, no nulls."""
    if isinstance(value, dict | list):
        members = value.items() if isinstance(value, dict) else enumerate(value)
        return [pair for key, inner in members for pair in _form_fields(inner, f"{name}[{key}]" if name else str(key))]
    if value is None:
        return []
    return [(name, str(int(value)) if isinstance(value, bool) else str(value))]
