"""The models of the jobs' responses."""

from lib.models import Model


class JobAnswer(Model):
    """`done`: how many rows were processed. `outcomes`: how many by outcome. `left`: how many due rows the next run has."""

    done: int
    left: int
    outcomes: dict[str, int]


class VerificationAnswer(JobAnswer):
    """`done` and `left` count customers. `disagreements` lists at most 20 rows; the log has all.

    `unverified`: the ids of customers who could not be verified, at most 20; the log says why.
    """

    disagreements: list[str]
    unverified: list[str]


class RotationAnswer(Model):
    """Whether a new key was made. None is made while a token of the key before the newest may still be valid."""

    rotated: bool
