"""The throttle on guessed passwords and codes. It counts in the database, and refuses an attempt that it can't count.

An attempt is counted before its password is checked, and removed again if the password is right. So attempts at the same
moment count each other, and after a crash in between the attempt stays counted.

An account's allowance is shared by strangers alone: whoever was in before, from this place or with this device, has one of
their own. So nobody can keep an owner out. Names are counted, and not accounts, so that counts are the same where there is
no account.
"""

import ipaddress
from dataclasses import dataclass

from lib import db, logs
from lib.db import Transaction
from lib.errors import TooManyRequests

log = logs.get(__name__)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How many attempts of one kind there may be within a window. `per_account`: by strangers.

    Each `kind` is counted apart from the others; `refused` says in the log what did not happen. Many people share one place
    behind a carrier's NAT.
    """

    kind: str
    refused: str
    window_seconds: int
    per_account_and_place: int
    per_account_and_network: int
    per_account: int
    per_place: int
    per_network: int


LOGINS = Limits(
    kind="",
    refused="a password was not looked at",
    window_seconds=300,
    per_account_and_place=5,
    per_account_and_network=10,
    per_account=20,
    per_place=200,
    per_network=400,
)
# Mails with a code that an address gets.
CODES_ASKED = Limits(
    kind="ask ",
    refused="a code was not sent",
    window_seconds=3600,
    per_account_and_place=5,
    per_account_and_network=10,
    per_account=10,
    per_place=300,
    per_network=600,
)
# Strangers' guesses at all codes of an account: in a year without a pause they find one with a chance of 1 in 12.
CODES_TRIED = Limits(
    kind="try ",
    refused="a code was not looked at",
    window_seconds=3600,
    per_account_and_place=10,
    per_account_and_network=10,
    per_account=10,
    per_place=200,
    per_network=400,
)
# Codes of a second factor, by whoever has the password. Three hold at a time: in a year without a pause a stranger finds one
# with a chance of 1 in 8.
CODES_OF_APPS = Limits(
    kind="app ",
    refused="a code of a second factor was not looked at",
    window_seconds=3600,
    per_account_and_place=5,
    per_account_and_network=5,
    per_account=5,
    per_place=200,
    per_network=400,
)

_CLEARED_AT_ONCE = 500
# The classes of our advisory locks. An account's lock is always taken before a network's, so that there is no deadlock.
_ACCOUNT_LOCK, _NETWORK_LOCK = 0x61636374, 0x61646472


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """An attempt at an account from a place. `is_known`: the account was opened from it before.

    `network`: the wider network that the place is a part of, where whoever has the place may have all of it. It counts for
    strangers alone: neighbours of an owner share it.
    """

    account: str
    place: str
    network: str | None = None
    is_known: bool = False
    limits: Limits = LOGINS


@dataclass(frozen=True)
class _Waits:
    """The seconds until one more is allowed, None where it is now: for this place, and for strangers to the account."""

    here: int | None
    strangers: int | None


def count_attempt(attempt: Attempt) -> int | None:
    """Count one attempt. Raises TooManyRequests, and does not count it, where a limit of its place is reached.

    Returns None, or, where strangers have used up the account's allowance, or those of one network theirs, the seconds until
    there is some again.
    """
    waits = _count(attempt)
    if waits.here is not None:
        log.warning(attempt.limits.refused, reason="throttled", wait_seconds=waits.here)
        raise too_many(waits.here)
    return waits.strangers


def too_many(wait_seconds: int) -> TooManyRequests:
    """What a throttled attempt is told, whichever limit it is."""
    return TooManyRequests("Too many failed attempts; try again later", retry_after=wait_seconds)


def clear_attempts(tx: Transaction, attempt: Attempt) -> None:
    """Remove this account's attempts from this place, because the password was right."""
    tx.run("delete from login_attempts where account = :account and address = :place", **_counted(attempt))


def place_of(address: str) -> tuple[str, str | None]:
    """The place to count, and the network that it is a part of.

    An IPv4 address stands for itself. Of IPv6 a home is given a /56 or a /64 and a company a /48, so these are counted.
    """
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64], None
    if isinstance(known, ipaddress.IPv4Address) or known.ipv4_mapped:
        return str(getattr(known, "ipv4_mapped", None) or known), None
    place, network = (str(ipaddress.ip_network((int(known), bits), strict=False)) for bits in (56, 48))
    return place, network


def _counted(attempt: Attempt) -> dict[str, str]:
    """The account and the place as they are counted: apart for each kind."""
    return {"account": attempt.limits.kind + attempt.account, "place": attempt.limits.kind + attempt.place}


def _network(attempt: Attempt) -> str | None:
    return None if attempt.network is None or attempt.is_known else attempt.limits.kind + attempt.network


@db.in_transaction
def _count(tx: Transaction, attempt: Attempt) -> _Waits:
    _lock(tx, attempt)
    waits = _waits(tx, attempt)
    if waits.here is None:
        _clear_old(tx, attempt)
        # One that comes after the account's allowance is used up can open nothing but by a one-time password. It counts
        # for its place alone.
        tx.run(
            """
            insert into login_attempts (account, address, network, counts_for_account)
            values (:account, :place, :network, :counts)
            """,
            **_counted(attempt),
            network=_network(attempt),
            counts=not attempt.is_known and waits.strangers is None,
        )
    return waits


def _lock(tx: Transaction, attempt: Attempt) -> None:
    tx.run(
        """
        select pg_advisory_xact_lock(:account_lock::integer, hashtext(:account)),
               pg_advisory_xact_lock(:network_lock::integer, hashtext(:network))
        """,
        account_lock=_ACCOUNT_LOCK,
        network_lock=_NETWORK_LOCK,
        account=_counted(attempt)["account"],
        network=_network(attempt) or _counted(attempt)["place"],
    )


def _waits(tx: Transaction, attempt: Attempt) -> _Waits:
    limits = attempt.limits
    waits = tx.one(
        _Waits,
        """
        with counted as (
            select at + make_interval(secs => :window::integer) as leaves_at, counts_for_account,
                   account = :account as of_account, address = :place as of_place,
                   coalesce(network = :network::text, false) as of_network
            from login_attempts
            where (account = :account or address = :place or network = :network::text)
              and at > now() - make_interval(secs => :window::integer)
        ), here as (
            select min(leaves_at) as free_at from counted where of_account and of_place
            having count(*) >= :per_account_and_place::integer
            union all
            select min(leaves_at) from counted where of_place having count(*) >= :per_place::integer
            union all
            select min(leaves_at) from counted where of_network having count(*) >= :per_network::integer
        ), strangers as (
            select min(leaves_at) as free_at from counted where of_account and counts_for_account
            having count(*) >= :per_account::integer
            union all
            select min(leaves_at) from counted where of_account and counts_for_account and of_network
            having count(*) >= :per_account_and_network::integer
        )
        select (select greatest(1, ceil(extract(epoch from max(free_at) - now())))::integer from here
                having count(*) > 0) as here,
               (select greatest(1, ceil(extract(epoch from max(free_at) - now())))::integer from strangers
                having count(*) > 0) as strangers
        """,
        window=limits.window_seconds,
        per_account_and_place=limits.per_account_and_place,
        per_account_and_network=limits.per_account_and_network,
        per_account=limits.per_account,
        per_place=limits.per_place,
        per_network=limits.per_network,
        **_counted(attempt),
        network=_network(attempt),
    )
    return _Waits(waits.here, None) if attempt.is_known else waits


def _clear_old(tx: Transaction, attempt: Attempt) -> None:
    # Another attempt, under other locks, may be deleting the same old row: the second one skips it.
    tx.run(
        """
        delete from login_attempts where id in (
            select id from login_attempts
            where (account = :account or address = :place) and at <= now() - make_interval(secs => :window::integer)
            limit :most::integer for update skip locked
        )
        """,
        window=attempt.limits.window_seconds,
        most=_CLEARED_AT_ONCE,
        **_counted(attempt),
    )
