"""A worker shares with the server's first process what that one has loaded."""

import secrets as randomness
from pathlib import Path

from tests.support.starting import started


def shared_kib(process: int) -> tuple[int, int]:
    """What a process shares with others of its anonymous memory and files, and what it holds alone, in KiB."""
    lines = [line.split() for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]]
    sizes = {name: int(size) for name, size, *_ in lines}
    return sizes["Shared_Dirty:"], sizes["Private_Dirty:"]


def test_after_the_collector_has_run_a_worker_still_shares_most_of_what_was_loaded(database: str, tmp_path: Path) -> None:
    environment = {"DATABASE_URL": database, "JWT_SECRET_KEY": randomness.token_hex(32), "MALLOC_ARENA_MAX": "2"}
    with started("orders", tmp_path, environment) as function:
        pid = function.process.pid
        (worker,) = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
        for _ in range(2_000):
            function.get("/api/orders/me", headers={"Authorization": "Bearer wrong"})
        shared, alone = shared_kib(int(worker))
    assert shared > alone, (shared, alone)
