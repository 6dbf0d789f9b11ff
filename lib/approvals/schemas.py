"""What the one is told who asked for something large."""

from typing import Literal
from uuid import UUID

from lib.approvals.records import Waiting
from lib.models import Model


class PendingApproval(Model):
    """Nothing has moved yet: another administrator has to approve it."""

    approval_id: UUID
    status: Literal["pending_approval"]


def told(waiting: Waiting) -> dict[str, object]:
    """The answer for something that waits."""
    return {"approval_id": str(waiting.approval_id), "status": "pending_approval"}
