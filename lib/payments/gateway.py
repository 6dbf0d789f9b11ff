"""The gateway as payments use it: the client with our key, a cache of the payment methods, and errors for our callers."""

import functools
import math
import threading
import time
from collections.abc import Sequence

from lib import db, logs, secrets, turns
from lib.config import config
from lib.errors import GatewayRefusal, GatewaySilent, Invalid
from lib.fawaterk.client import Fawaterk
from lib.fawaterk.errors import GatewayError, GatewayRefused, GatewayUnavailable
from lib.fawaterk.models import PaymentMethod

log = logs.get(__name__)

# The app gives up after 10 s; all calls to the gateway within one request share this.
BUDGET_SECONDS = 7.0
METHODS_SECONDS = 300.0
# A method that is not in the list may be new there, so the list is read again, but for the same list no sooner than this.
MISSED_METHODS_SECONDS = 15.0
# The guide's examples and the app's screens send these, whatever the account offers, and open a page with the answer.
PAGE_METHOD_IDS = (1, 2)
CARD_METHOD_ID = 2

_LARGEST_METHOD_ID = 2**31 - 1

_lock = threading.Lock()
_methods: tuple[float, list[PaymentMethod]] = (-math.inf, [])


@functools.lru_cache(maxsize=2)
def _client(base_url: str, api_key: str) -> Fawaterk:
    return Fawaterk(base_url, api_key)


def client() -> Fawaterk:
    """The client with the newest version of our key. Raises RuntimeError while a transaction is open.

    Its call may take seconds, so other handlers get their turn from here on.
    """
    if db.transaction_is_open():
        raise RuntimeError("the gateway must not be called while a transaction is open: its locks would wait for it")
    turns.step_aside()
    return _client(config().fawaterk_base_url, secrets.newest(secrets.FAWATERK_API_KEY))


class Deadline:
    """How much of a request's time for the gateway is left, in seconds."""

    def __init__(self, seconds: float = BUDGET_SECONDS) -> None:
        self._ends = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, but at least 0.1, so that a call can always be tried."""
        return max(self._ends - time.monotonic(), 0.1)

    @property
    def is_over(self) -> bool:
        """Whether no time is left."""
        return time.monotonic() >= self._ends


def is_silent(seconds: float) -> bool:
    """Whether the gateway gives no answer at all, within so many seconds, to a call that needs no invoice."""
    try:
        client().payment_methods(seconds)
    except GatewayUnavailable:
        return True
    except GatewayError:
        return False
    return False


def methods(deadline: Deadline, *, oldest_seconds: float = METHODS_SECONDS) -> Sequence[PaymentMethod]:
    """The account's payment methods, as they were at most `oldest_seconds` ago; an empty list is read anew sooner.

    If the gateway does not answer, older ones are used. Raises GatewaySilent if there are none.
    """
    global _methods  # noqa: PLW0603 - one cache for each instance
    with _lock:
        read_at, known = _methods
    if time.monotonic() - read_at < (oldest_seconds if known else MISSED_METHODS_SECONDS):
        return known
    try:
        offered = client().payment_methods(deadline.left)
    except GatewayError as error:
        log.warning("the gateway did not tell its methods", error=str(error))
        if known:
            return known
        raise GatewaySilent from error
    usable = [method for method in offered if 0 < method.payment_method_id <= _LARGEST_METHOD_ID]
    with _lock:
        _methods = (time.monotonic(), usable)
    return usable


def choose_method(method_id: int | None, deadline: Deadline) -> PaymentMethod:
    """The method with this id. For no id, or one of PAGE_METHOD_IDS, one that redirects if there is any.

    A method that is not known may be new at the gateway, so it is looked up there. Raises Invalid, GatewaySilent or, where
    the account offers no method at all, GatewayRefusal.
    """
    for oldest_seconds in (METHODS_SECONDS, MISSED_METHODS_SECONDS):
        offered = methods(deadline, oldest_seconds=oldest_seconds)
        wanted = [method for method in offered if method.payment_method_id == method_id]
        if method_id in (None, *PAGE_METHOD_IDS) and offered:
            return _with_page(wanted, offered)
        if wanted:
            return wanted[0]
    if not offered:
        log.error("the gateway offers no payment method")
        raise GatewayRefusal("The payment gateway offers no payment method at present; our staff has been told")
    listed = ", ".join(f"{method.payment_method_id} ({method.name_en})" for method in offered)
    raise Invalid.field(["body", "payment_method_id"], f"is not offered; choose one of {listed}")


def _with_page(wanted: Sequence[PaymentMethod], offered: Sequence[PaymentMethod]) -> PaymentMethod:
    """The wanted method or else the first one, if it redirects; the card where none does."""
    redirecting = [method for method in (*wanted, *offered) if method.redirect]
    cards = [method for method in offered if method.payment_method_id == CARD_METHOD_ID]
    return [*redirecting, *cards, *offered][0]


def as_problem(refused: GatewayRefused) -> Invalid | GatewayRefusal:
    """The caller's error: Invalid if their input was refused (such as a wallet's phone number), else GatewayRefusal."""
    reasons = "; ".join(text for texts in refused.messages.values() for text in texts)
    if refused.status == 422:  # noqa: PLR2004 - the gateway's validation error, as its recorded answers show
        return Invalid.field(["body"], f"the payment gateway refused: {reasons}", "gateway_refused")
    log.error("the gateway refuses our account or request", status=refused.status, reasons=reasons)
    return GatewayRefusal("The payment gateway refused the request; our staff has been told")
