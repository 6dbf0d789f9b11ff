"""Fetches the invoice that a mail is to carry: PDFs are drawn by the invoices function alone."""

import json
from uuid import UUID

import requests

from lib import logs, turns
from lib.config import config
from lib.mail.outbox import QueuedMail
from lib.mail.rendering import Attachment
from lib.security.passes import issue_pass

log = logs.get(__name__)

SECONDS = 20
# A mail that is larger than this is refused by many servers.
_MOST_BYTES = 5 * 1024 * 1024
# So often a mail waits for its invoice; then it goes without, because the app has it too.
ATTEMPTS_WITH_INVOICE = 3


class NotDrawn(Exception):  # noqa: N818 - it says what happened
    """The invoice could not be had now; the mail waits for it."""


def invoice_of(mail: QueuedMail) -> Attachment | None:
    """The invoice of the order that a mail speaks of, if it has one. Raises NotDrawn while it is worth another attempt."""
    order_id = json.loads(mail.parameters).get("order_id")
    if order_id is None:
        return None
    turns.step_aside()
    url = f"{config().app_base_url}/api/orders/{order_id}/invoice/mailed"
    try:
        answer = requests.post(url, json={"pass": issue_pass(UUID(order_id))}, timeout=SECONDS, allow_redirects=False)
        answer.raise_for_status()
        # What is no file, such as a redirect or a page of somebody between us, is no invoice.
        name = answer.headers["Content-Disposition"].partition('filename="')[2].rstrip('"')
    except (requests.RequestException, KeyError) as error:
        if mail.attempts < ATTEMPTS_WITH_INVOICE:
            raise NotDrawn(repr(error)) from error
        log.warning("a mail goes without its invoice", mail=str(mail.id), cause=repr(error))
        return None
    return Attachment(name, answer.content) if len(answer.content) <= _MOST_BYTES else None
