"""The tests that the documentation names exist, so that each promise there has the test that holds it."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def named() -> list[tuple[str, str]]:
    pages = sorted((ROOT / "docs").glob("*.md"))
    return sorted({found for page in pages for found in NAMED.findall(page.read_text(encoding="utf-8"))})


@pytest.mark.parametrize(("file", "name"), named())
def test_a_test_that_a_page_names_exists(file: str, name: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_the_promises_are_read() -> None:
    assert len(named()) > 20
