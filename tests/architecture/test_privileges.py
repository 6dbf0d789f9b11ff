"""No function keeps a right in the database that its code no longer uses."""

import re
from pathlib import Path

import grimp
import pytest

from local.routes import read_routes
from migrations.matrix import WRITES

ROOT = Path(__file__).parents[2]
# By a verb and a table: the SQL that needs the right.
USES = {
    "insert": r"\binsert into {table}\b",
    "delete": r"\bdelete from {table}\b",
    "update": r"\bupdate {table}\b|\binsert into {table}\b[^;]*?\bdo update\b",
}


def source_behind(function: str) -> str:
    """The text of each module that a function imports, directly or through others."""
    graph = grimp.build_graph("functions", "lib")
    own = {f"functions.{function}", *graph.find_descendants(f"functions.{function}")}
    modules = own | graph.find_upstream_modules(f"functions.{function}", as_package=True)
    files = [ROOT / f"{module.replace('.', '/')}.py" for module in sorted(modules)]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.exists())


def unused(writes: dict[str, str], source: str) -> list[str]:
    """The rights that no statement needs. A right to single columns may be there for a lock alone."""
    return [
        f"{verb} {table}"
        for table, privileges in writes.items()
        for verb in re.findall(r"\w+", re.sub(r"\w+ \(.+?\)", "", privileges))
        if not re.search(USES[verb].format(table=table), source)
    ]


@pytest.mark.parametrize("function", read_routes().functions)
def test_each_right_to_write_has_a_statement_that_needs_it(function: str) -> None:
    assert unused(dict(WRITES[function]), source_behind(function)) == []


@pytest.mark.parametrize(
    ("privileges", "source", "found"),
    [
        ("insert, update", "insert into rates (a) values (1)", ["update rates"]),
        ("insert, update", "insert into rates (a) values (1) on conflict (a) do update set b = 1", []),
        ("insert, delete", "insert into rates (a) select 1", ["delete rates"]),
        ("update (a)", "", []),
    ],
)
def test_a_right_that_nothing_needs_is_found(privileges: str, source: str, found: list[str]) -> None:
    assert unused({"rates": privileges}, source) == found
