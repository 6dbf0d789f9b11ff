"""Runs flows of money in a process that is killed right before one of their steps.

A step is a statement that is sent to PostgreSQL (also begin and commit), the start of a call to the gateway, or its end:
the gateway has done it, but its answer was not read yet. One process imports everything once and forks for each flow, so
that a new flow does not have to start Python again.
"""

import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn
from unittest import mock
from uuid import UUID, uuid4

from requests import PreparedRequest

from lib.audit import Actor
from lib.db.session import Session
from lib.fawaterk.events import read_event
from lib.fawaterk.exchange import RawResponse, exchange
from lib.gateway_events.processing import process, store
from lib.gateway_events.reconciling import reconcile
from lib.holds.splitting import BalanceLimits
from lib.payments.gateway import Deadline
from lib.payments.opening import pay
from lib.refunds.matching import look_before
from lib.refunds.refunding import RefundRequest, refund
from tests.support.clients import System

ROOT = Path(__file__).parents[2]
COMPLETED, FAILED, KILLED = 0, 1, 9
ASKED, ANSWERED = "ask the gateway", "read the gateway's answer"
_LONGEST_NAME = 80


@dataclass(frozen=True)
class Ended:
    """How a flow ended, and the steps that it reached. If it was killed, that was right before the last of them."""

    code: int
    steps: list[str]


class Crashing:
    """The process that forks for each flow."""

    def __init__(self, system: System) -> None:
        settings = {
            "DATABASE_URL": system.database_url,
            "FAWATERK_BASE_URL": f"{system.base_url}/sandbox/fawaterk/api/v2",
            "APP_BASE_URL": system.base_url,
            "DB_POOL_SIZE": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.crashing"],
            cwd=ROOT,
            env={**os.environ, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, flow: str, kill_at: int | None = None, **arguments: Any) -> Ended:
        """Run a flow to its end, or kill it right before the step with this number (from 1)."""
        if self._process.stdin is None or self._process.stdout is None:
            raise LookupError("a process without pipes")
        self._process.stdin.write(json.dumps({"flow": flow, "kill_at": kill_at, "arguments": arguments}) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End the process by closing its input."""
        self._process.communicate(timeout=10)


def _pay(order_id: str, user_id: str, points: int, cashback: str, wallet: str) -> None:
    limits = BalanceLimits(points=points, cashback=Decimal(cashback), wallet=Decimal(wallet))
    pay(UUID(order_id), Actor(UUID(user_id), "CUSTOMER", "192.0.2.1", str(uuid4())), 2, limits)


def _settle_by_webhook(payload: dict[str, Any]) -> None:
    event = read_event(json.dumps(payload).encode(), "application/json")
    process(event, store(event))


def _settle_by_reconciling(payment_id: str) -> None:
    reconcile(UUID(payment_id))


def _refund(order_id: str, admin_id: str, reason: str, destination: Any, request_key: str) -> None:
    request = RefundRequest(reason=reason, destination=destination, request_key=request_key)
    refund(UUID(order_id), Actor(UUID(admin_id), "ADMIN", "", ""), request)


def _follow_refunds(order_id: str) -> None:
    look_before(UUID(order_id), Deadline())


FLOWS: dict[str, Callable[..., None]] = {
    "pay": _pay,
    "settle by webhook": _settle_by_webhook,
    "settle by reconciling": _settle_by_reconciling,
    "refund": _refund,
    "follow refunds": _follow_refunds,
}


class _Steps:
    """Counts the steps of a flow, and ends the process before the step `kill_at`."""

    def __init__(self, kill_at: int | None, report: int) -> None:
        self._kill_at = kill_at
        self._report = report
        self._names: list[str] = []

    def reach(self, name: str) -> None:
        self._names.append(" ".join(name.split())[:_LONGEST_NAME])
        if len(self._names) == self._kill_at:
            self.end(KILLED)

    def end(self, code: int) -> NoReturn:
        os.write(self._report, json.dumps(self._names).encode())
        os._exit(code)

    def watch(self) -> None:
        """Count every statement and every call to the gateway of this process from now on."""
        write, command = Session._write, Session.command

        def watched_write(session: Session, sql: str, values: dict[str, object]) -> None:
            self.reach(sql)
            write(session, sql, values)

        def watched_command(session: Session, sql: str) -> None:
            self.reach(sql)
            command(session, sql)

        def watched_exchange(request: PreparedRequest, timeout: float) -> RawResponse:
            name = str(request.path_url).rpartition("/api/v2/")[2]
            self.reach(f"{ASKED}: {name}")
            answer = exchange(request, timeout)
            self.reach(f"{ANSWERED}: {name}")
            return answer

        mock.patch.object(Session, "_write", watched_write).start()
        mock.patch.object(Session, "command", watched_command).start()
        mock.patch("lib.fawaterk.client.exchange", watched_exchange).start()


def _fork(flow: str, kill_at: int | None, arguments: dict[str, Any]) -> Ended:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _run_and_exit(flow, arguments, _Steps(kill_at, writing))
    os.close(writing)
    with os.fdopen(reading, "rb") as report:
        names = report.read()
    _, status = os.waitpid(child, 0)
    return Ended(os.waitstatus_to_exitcode(status), json.loads(names))


def _run_and_exit(flow: str, arguments: dict[str, Any], steps: _Steps) -> NoReturn:
    steps.watch()
    try:
        FLOWS[flow](**arguments)
    except BaseException:  # noqa: BLE001 - this process ends here after any error
        traceback.print_exc()
        steps.end(FAILED)
    steps.end(COMPLETED)


def main(commands: Iterable[str]) -> None:
    """Run the flow of each input line, and write a line that says how it ended."""
    for line in commands:
        sys.stdout.write(json.dumps(vars(_fork(**json.loads(line)))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.stdin)
