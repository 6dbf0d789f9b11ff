"""What is turned away at the webhook's address is logged: so much of each sender, and so much of all together."""

import gzip
import hashlib
import json
import secrets as randomness
from dataclasses import replace

import pytest

from functions.payments_webhook import webhook
from lib.gateway_events.records import Allowance
from tests.support.clients import System
from tests.support.functions import client_of
from tests.support.money import WEBHOOK, Desk, open_desk

ANY = Allowance(of_one=1_000_000, of_all=1_000_000)


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


def an_address() -> str:
    return f"198.51.{randomness.randbelow(256)}.{randomness.randbelow(256)}"


def junk() -> bytes:
    return json.dumps({"nonce": randomness.token_hex(8), "hashKey": "0" * 64}).encode()


def post(body: bytes, address: str) -> int:
    return client_of("payments_webhook").post(WEBHOOK, data=body, headers={"x-client-address": address}).status_code


def logged(desk: Desk, body: bytes) -> list[list[object]]:
    """Who sent it, and whether its text is kept."""
    sql = "select sender, body is not null from webhook_events where digest = :digest and not hash_held"
    return desk.run(sql, digest=hashlib.sha256(body).hexdigest())


def test_one_who_posts_junk_uses_up_nobody_elses_allowance(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MOST_REFUSED", replace(ANY, of_one=3))
    monkeypatch.setattr(webhook, "MOST_KEPT", replace(ANY, of_one=2))
    stranger, gateway = an_address(), an_address()
    bodies = [junk() for _ in range(4)]
    assert {post(body, stranger) for body in bodies} <= {400, 401}
    assert [logged(desk, body) for body in bodies] == [[[stranger, True]], [[stranger, True]], [[stranger, False]], []]
    misread = junk()
    post(misread, gateway)
    assert logged(desk, misread) == [[gateway, True]]


def test_all_senders_together_have_an_allowance_too(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    for refused, kept, expected in ((0, 1_000_000, []), (1_000_000, 0, [False])):
        monkeypatch.setattr(webhook, "MOST_REFUSED", replace(ANY, of_all=refused))
        monkeypatch.setattr(webhook, "MOST_KEPT", replace(ANY, of_all=kept))
        body = junk()
        post(body, an_address())
        assert [is_kept for _, is_kept in logged(desk, body)] == expected


def test_the_addresses_of_one_home_are_one_sender(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "MOST_REFUSED", replace(ANY, of_one=1))
    home = f"2001:db8:{randomness.randbelow(65536):x}:{randomness.randbelow(256) << 8:x}"
    first, second = junk(), junk()
    post(first, f"{home}::1")
    post(second, f"{home}::2")
    assert [len(logged(desk, body)) for body in (first, second)] == [1, 0]


@pytest.mark.parametrize("is_compressed", [False, True])
def test_what_is_too_large_is_refused_and_its_digest_logged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, *, is_compressed: bool
) -> None:
    monkeypatch.setattr(webhook, "MOST_REFUSED", ANY)
    body = json.dumps({"nonce": randomness.token_hex(8), "more": "x" * 100_000}).encode()
    sent = gzip.compress(body) if is_compressed else body
    sender = an_address()
    assert post(sent, sender) == 413
    assert logged(desk, sent) == [[sender, False]]


def test_what_nobody_reads_to_its_end_is_refused(desk: Desk) -> None:
    body = b"x" * (1024 * 1024 + 1)
    assert (post(body, an_address()), logged(desk, body)) == (413, [])
