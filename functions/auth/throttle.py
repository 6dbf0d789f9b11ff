"""The throttle on guessed passwords. It counts in the database, and refuses an attempt that it can't count.

An attempt is counted before its password is checked, and removed again if the password is right. So attempts at the same
moment count each other, and after a crash in between the attempt stays counted.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from uuid import UUID

from lib import db, logs
from lib.db import Transaction
from lib.errors import TooManyRequests

log = logs.get(__name__)

WINDOW_SECONDS = 300
PER_ACCOUNT_AND_ADDRESS = 5
PER_ACCOUNT = 20
# Many people share one address behind a carrier's NAT.
PER_ADDRESS = 200

_CLEARED_AT_ONCE = 500
# The classes of our advisory locks. An account's lock is always taken before an address's, so that there is no deadlock.
_ACCOUNT_LOCK, _ADDRESS_LOCK = 0x61636374, 0x61646472


@dataclass(frozen=True)
class Attempt:
    """An attempt to log in to an account from an address."""

    account: str
    address: str


def account_key(user_id: UUID | None, name: str) -> str:
    """The key of an account's attempts. It is the id, if there is an account, so that e-mail and username count together."""
    return str(user_id) if user_id else hashlib.sha256(name.lower().encode()).hexdigest()


def count_attempt(account: str, address: str) -> Attempt:
    """Count one attempt. Raises TooManyRequests, and does not count it, where a limit is reached."""
    attempt = Attempt(account, origin(address))
    wait_seconds = _count(attempt)
    if wait_seconds is not None:
        log.warning("a password was not looked at", reason="throttled", wait_seconds=wait_seconds)
        raise TooManyRequests("Too many failed attempts; try again later", retry_after=wait_seconds)
    return attempt


def clear_attempts(tx: Transaction, attempt: Attempt) -> None:
    """Remove this account's attempts from this address, because the password was right."""
    tx.run("delete from login_attempts where account = :account and address = :address", **vars(attempt))


def origin(address: str) -> str:
    """The address to count. For IPv6 it is the /64 network, because whoever has one address there has all 2^64."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    return str(known.ipv4_mapped or ipaddress.ip_network((int(known), 64), strict=False))


@db.in_transaction
def _count(tx: Transaction, attempt: Attempt) -> int | None:
    """Count an attempt. None if it may go on, else the seconds until one may."""
    _lock(tx, attempt)
    wait_seconds = _wait_seconds(tx, attempt)
    if wait_seconds is None:
        _clear_old(tx, attempt)
        tx.run("insert into login_attempts (account, address) values (:account, :address)", **vars(attempt))
    return wait_seconds


def _lock(tx: Transaction, attempt: Attempt) -> None:
    tx.run(
        """
        select pg_advisory_xact_lock(:account_lock::integer, hashtext(:account)),
               pg_advisory_xact_lock(:address_lock::integer, hashtext(:address))
        """,
        account_lock=_ACCOUNT_LOCK,
        address_lock=_ADDRESS_LOCK,
        **vars(attempt),
    )


def _wait_seconds(tx: Transaction, attempt: Attempt) -> int | None:
    """The seconds until no limit is reached any more. None if none is reached now."""
    return tx.first_value(
        int,
        """
        with counted as (
            select at + make_interval(secs => :window::integer) as leaves_at,
                   account = :account as of_account, address = :address as of_address
            from login_attempts
            where (account = :account or address = :address) and at > now() - make_interval(secs => :window::integer)
        ), reached as (
            select min(leaves_at) as free_at from counted where of_account and of_address
            having count(*) >= :per_account_and_address::integer
            union all
            select min(leaves_at) from counted where of_account having count(*) >= :per_account::integer
            union all
            select min(leaves_at) from counted where of_address having count(*) >= :per_address::integer
        )
        select greatest(1, ceil(extract(epoch from max(free_at) - now())))::integer from reached having count(*) > 0
        """,
        window=WINDOW_SECONDS,
        per_account_and_address=PER_ACCOUNT_AND_ADDRESS,
        per_account=PER_ACCOUNT,
        per_address=PER_ADDRESS,
        **vars(attempt),
    )


def _clear_old(tx: Transaction, attempt: Attempt) -> None:
    # Another attempt, under other locks, may be deleting the same old row: the second one skips it.
    tx.run(
        """
        delete from login_attempts where id in (
            select id from login_attempts
            where (account = :account or address = :address) and at <= now() - make_interval(secs => :window::integer)
            limit :most::integer for update skip locked
        )
        """,
        window=WINDOW_SECONDS,
        most=_CLEARED_AT_ONCE,
        **vars(attempt),
    )
