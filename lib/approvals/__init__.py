"""Approvals: what is large and done by hand waits for another administrator, if APPROVAL_LIMIT says so.

asking    whether something waits, counted with what was done by hand for the same customer within a day
records   every statement that changes approvals, and the rules of who decides
schemas   what the one who asked is told

Whoever is approved does it: `lib/refunds` a refund, `lib/loyalty` an addition to a balance.
"""

from lib.approvals.asking import ask_if_large, lock_asking
from lib.approvals.records import Asked, Waiting, is_any_waiting_for

__all__ = ["Asked", "Waiting", "ask_if_large", "is_any_waiting_for", "lock_asking"]
