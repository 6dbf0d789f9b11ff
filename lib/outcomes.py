"""The outcome of processing a webhook, of asking the gateway, or of one row of a job."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

OutcomeStatus = Literal["processed", "ignored", "review", "already_processed", "deferred", "unmatched"]


@dataclass(frozen=True)
class Outcome:
    """What was done and why. `status`: as a webhook is answered. `gateway_was_silent`: the gateway did not answer at all.

    `seen`: what the gateway answered, if nothing could be made of it, for a person to read.
    """

    status: OutcomeStatus
    detail: str
    payment_id: UUID | None = None
    gateway_was_silent: bool = False
    seen: str = ""
