"""What a job answers."""

from lib.web import Model


class JobAnswer(Model):
    """How much was done, what came of it by outcome, and how much that is due is left."""

    done: int
    left: int
    outcomes: dict[str, int]
