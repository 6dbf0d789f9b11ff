"""`make run` beside another one: each holds its data folder alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.clients import Client, System

ROOT = Path(__file__).parents[2]


def _second_run(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local.run"],
        cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_a_second_run_in_the_same_folder_ends_with_a_word_and_leaves_the_first_alone(system: System) -> None:
    second = _second_run(DATA_DIR=str(system.log.parent), PORT="1")
    assert second.returncode == 1
    assert "Another run uses" in second.stderr
    assert "Traceback" not in second.stderr
    assert Client(system.base_url).get("/health/ready").status == 200


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://postgres@127.0.0.1:1/nothing", "The database can't be reached: "),
        ("mysql://localhost/x", "DATABASE_URL must begin with postgresql://"),
    ],
)
def test_a_database_that_can_not_be_used_is_told_in_one_sentence(tmp_path: Path, url: str, words: str) -> None:
    run = _second_run(DATA_DIR=str(tmp_path), PORT="1", DATABASE_URL=url)
    assert run.returncode == 1
    assert run.stderr.startswith(words)
    assert "Traceback" not in run.stderr
