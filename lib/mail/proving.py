"""Sends a code to an address, as often as the throttle allows. Whether anybody has the address changes nothing here."""

from collections.abc import Mapping

from lib import db, logs
from lib.db import Transaction
from lib.errors import TooManyRequests
from lib.mail import outbox
from lib.security import codes, throttle
from lib.security.codes import Purpose
from lib.security.throttle import Attempt

log = logs.get(__name__)

_KINDS: Mapping[Purpose, outbox.CodeKind] = {"RESET": "PASSWORD_RESET", "VERIFY": "VERIFICATION"}


@db.in_transaction
def send_code(tx: Transaction, purpose: Purpose, address: str, attempt: Attempt) -> None:
    """Queue a mail with a new code, which ends the one before. Where too many were asked for lately, nothing changes."""
    try:
        strangers_wait = throttle.count_attempt(attempt)
    except TooManyRequests:
        return
    if strangers_wait is not None:
        log.warning(attempt.limits.refused, reason="throttled", wait_seconds=strangers_wait)
        return
    outbox.queue_code(tx, _KINDS[purpose], address, codes.make_code(tx, purpose, address))
