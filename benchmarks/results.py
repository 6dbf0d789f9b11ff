"""What each row gave when it was last measured: .bench/figures.json."""

import datetime as dt
import os
import platform
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks.figures import Figure

PACKAGES = ("functions-framework", "uvicorn", "pg8000", "pydantic", "fastapi", "sqlalchemy", "psycopg2-binary", "bcrypt")


@dataclass(frozen=True, kw_only=True)
class Result:
    """The figures of a row, and when, where and with what they were measured."""

    figures: list[Figure]
    command: str
    date: dt.date
    machine: dict[str, str]
    versions: dict[str, str] = field(default_factory=dict)


_RESULTS = TypeAdapter(dict[str, Result])


def read(file: Path) -> dict[str, Result]:
    """The last result of each row; none where nothing was measured yet."""
    return _RESULTS.validate_json(file.read_bytes()) if file.exists() else {}


def keep(file: Path, row: str, result: Result) -> dict[str, Result]:
    """Write the result of one row beside those of the others, and give them all."""
    results = read(file) | {row: result}
    file.write_bytes(_RESULTS.dump_json(results, indent=1))
    return results


def machine() -> dict[str, str]:
    """The processors of this machine, and how busy others keep them: to be asked before anything is measured."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    return {"processor": model, "processors": str(os.cpu_count()), "load": f"{os.getloadavg()[0]:.1f}"}


def versions(postgresql: str) -> dict[str, str]:
    """The versions of what was measured."""
    found = {"PostgreSQL": postgresql, "Python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
