"""The processes that are measured: our functions as the cloud starts them, the peer, and the gateway; and what they use."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

ROOT = Path(__file__).parent.parent
_SIZES = re.compile(r"^\s*(\w+)\s*=\s*\{.*concurrency = (\d+), pool_size = (\d+)", re.MULTILINE)
_MEMORY = re.compile(r'^\s*(MALLOC_\w+)\s*= "(\d+)"', re.MULTILINE)
_UVICORN = ("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning")


@dataclass(frozen=True)
class Server:
    """A server that listens: its port, its first process, and the one that answers."""

    port: int
    process: int
    worker: int

    def cpu_seconds(self) -> float:
        """The processor time that its worker has used."""
        fields = Path(f"/proc/{self.worker}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """The memory of all its processes in MiB: PSS, in which what they share counts once."""
        return sum(_memory(process) for process in _tree(self.process)) / 1024


def _tree(process: int) -> Iterator[int]:
    yield process
    for child in Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split():
        yield from _tree(int(child))


def _memory(process: int) -> int:
    lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def sizes(name: str) -> dict[str, str]:
    """The threads, connections and rules of memory that Terraform gives one instance of a function."""
    text = (ROOT / "terraform" / "functions.tf").read_text(encoding="utf-8")
    found = {function: (threads, pool) for function, threads, pool in _SIZES.findall(text)}
    threads, pool = found[name]
    return {"THREADS": threads, "DB_POOL_SIZE": pool, **dict(_MEMORY.findall(text))}


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


@contextlib.contextmanager
def _listening(command: list[str], port: int, environment: dict[str, str]) -> Iterator[Server]:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--host", "127.0.0.1", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
    )
    try:
        while True:
            with contextlib.suppress(requests.ConnectionError):
                requests.get(f"http://127.0.0.1:{port}/getPaymentmethods", timeout=5)
                break
            if process.poll() is not None:
                raise SystemExit(f"{' '.join(command)} ended")
            time.sleep(0.02)
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii").split()
        yield Server(port, process.pid, int(children[0]) if children else process.pid)
    finally:
        process.terminate()
        process.wait(30)


@contextlib.contextmanager
def framework(target: str, source: Path, environment: dict[str, str]) -> Iterator[Server]:
    """A source file under functions-framework's own server with one worker."""
    command = [_program("functions-framework"), "--target", target, "--source", str(source)]
    with _listening(command, _port(), environment) as server:
        yield server


@contextlib.contextmanager
def function(name: str, **environment: str) -> Iterator[Server]:
    """One of our functions, as the cloud starts it."""
    source = ROOT / "functions" / name / "main.py"
    with framework(name, source, {"FUNCTION_USE_ASGI": "true", **sizes(name), **environment}) as server:
        yield server


@contextlib.contextmanager
def peer() -> Iterator[Server]:
    """The peer: one uvicorn process."""
    with _listening([_program("uvicorn"), "benchmarks.peer.app:app", *_UVICORN], _port(), {}) as server:
        yield server


@contextlib.contextmanager
def gateway() -> Iterator[Server]:
    """The instant gateway, which `FAWATERK_BASE_URL` leads to from then on."""
    with _listening([_program("uvicorn"), "benchmarks.gateway:app", *_UVICORN], _port(), {}) as server:
        os.environ["FAWATERK_BASE_URL"] = f"http://127.0.0.1:{server.port}"
        yield server
