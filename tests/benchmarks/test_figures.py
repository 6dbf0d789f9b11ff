"""Whether a figure misses its bar."""

import math
from typing import Literal

import pytest

from benchmarks.figures import Figure, rounds


@pytest.mark.parametrize(
    ("sense", "value", "bar", "reach", "is_short"),
    [
        ("at least", 6.0, 3.0, 2.0, False),
        ("at least", 2.0, 3.0, 2 / 3, True),
        ("at most", 1.5, 3.0, 2.0, False),
        ("at most", 6.0, 3.0, 0.5, True),
        ("at most", 0.0, 2.0, math.inf, False),
        ("at most", -0.5, 2.0, math.inf, False),
    ],
)
def test_a_figure_is_as_good_as_its_bar_or_better(
    sense: Literal["at least", "at most"], value: float, bar: float, reach: float, *, is_short: bool
) -> None:
    figure = Figure(what="memory that grew", ours=rounds("MiB", [value]), bar=bar, sense=sense)

    assert figure.reach == reach
    assert figure.is_short == is_short


def test_with_something_beside_it_the_ratio_of_medians_counts() -> None:
    figure = Figure(
        what="reads", ours=rounds("/s", [50, 60, 900]), beside=rounds("/s", [1, 10, 11]), bar=6, sense="at least"
    )

    assert figure.reach == 1
    assert not figure.is_short
    assert Figure(what="without a bar", ours=rounds("s", [1])).reach is None
