"""What `make bench` keeps of earlier runs, and writes into docs/benchmarks.md."""

import datetime as dt
from pathlib import Path

from benchmarks import document, results
from benchmarks.figures import TIMES, Figure, rounds
from benchmarks.results import Result

PAGE = """# Benchmarks

Words of the authors.

<!-- rows: read, list -->

| what was measured elsewhere |

<!-- end of rows -->

More words.

<!-- rows: login -->
<!-- end of rows -->
"""


def result(row: str, rate: float, bar: float | None = None) -> Result:
    figure = Figure(
        what=f"the {row}",
        ours=rounds("/s", [rate - 1, rate, rate + 2]),
        beside=rounds("/s", [9, 10, 11]),
        cpu=(rounds("ms CPU", [0.5]), rounds("ms CPU", [2])),
        bar=bar,
        sense="at least",
        details={"held": [1, 2]},
    )
    machine = {"processor": "a processor", "processors": "2", "load": "0.1"}
    return Result(
        figures=[figure],
        command=f"make bench ROWS={row}",
        date=dt.date(2026, 11, 26),
        machine=machine,
        versions={"Python": "3.11"},
    )


def test_a_run_of_some_rows_keeps_what_other_rows_gave_before(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    first, second, again = result("read", 60), result("list", 70), result("read", 80)

    results.keep(file, "read", first)
    results.keep(file, "list", second)
    found = results.keep(file, "read", again)

    assert found == results.read(file) == {"read": again, "list": second}


def test_nothing_was_measured_before_the_first_run(tmp_path: Path) -> None:
    assert results.read(tmp_path / "figures.json") == {}


def test_a_table_with_a_row_that_was_not_measured_here_stays_and_is_named(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(PAGE, encoding="utf-8")

    missing = document.write(page, {"read": result("read", 60), "login": result("login", 30)})

    text = page.read_text(encoding="utf-8")
    assert missing == ["list"]
    assert text.startswith(PAGE.partition("<!-- rows: login -->")[0])
    assert "the read" not in text
    assert f"| the login | 30.0/s (29.0 to 32.0), 0.50 ms CPU | 10.0/s (9.00 to 11.0), 2.00 ms CPU | 3.00 {TIMES} |" in text


def test_a_table_says_what_is_short_of_its_bar_how_it_was_measured_and_where(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(PAGE, encoding="utf-8")

    document.write(page, {"read": result("read", 60, bar=6), "list": result("list", 50, bar=6)})

    text = page.read_text(encoding="utf-8")
    assert f"| 6.00 {TIMES} | ≥ 6 {TIMES} | `make bench ROWS=read` |" in text
    assert f"| 5.00 {TIMES} | ≥ 6 {TIMES}, short | `make bench ROWS=list` |" in text
    assert "elsewhere" not in text
    assert (
        "`read`, `list`: medians of 3 rounds, 2026-11-26, 2 processors (a processor), "
        "a load of 0.1 when the run began, Python 3.11." in text
    )


def test_the_words_around_tables_are_the_authors_and_writing_twice_changes_nothing(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(PAGE, encoding="utf-8")
    found = {row: result(row, 60) for row in ("read", "list", "login")}

    assert document.write(page, found) == []
    once = page.read_text(encoding="utf-8")
    document.write(page, found)

    assert page.read_text(encoding="utf-8") == once
    assert once.startswith("# Benchmarks\n\nWords of the authors.\n\n<!-- rows: read, list -->\n")
    assert "<!-- end of rows -->\n\nMore words.\n\n<!-- rows: login -->\n" in once
