"""What a job answers."""

from lib.web import Model


class JobAnswer(Model):
    """How much was done, what came of it by outcome, and how much that is due is left."""

    done: int
    left: int
    outcomes: dict[str, int]


class VerificationAnswer(JobAnswer):
    """`done` and `left` count customers; `disagreements` names at most twenty of the rows, the log names all."""

    disagreements: list[str]


class RotationAnswer(Model):
    """Whether a new key was made; not so while tokens of the key before the newest are still about."""

    rotated: bool
