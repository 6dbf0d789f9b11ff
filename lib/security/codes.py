"""Codes of six digits that prove an e-mail address: for 15 minutes, five tries, once.

A code stands nowhere: it is made from its row's id with the signing key, and made again to be compared. So neither a copy
of the database nor the outbox has one. There is a row for each address that a code was asked for, whether anybody has it or
not: nothing that happens before the mail is sent depends on that.
"""

import hashlib
import hmac
import unicodedata
from typing import Literal
from uuid import UUID

from lib import secrets
from lib.db import Transaction

Purpose = Literal["RESET", "VERIFY"]

DIGITS = 6
VALID_MINUTES = 15
TRIES = 5

REMOVE_STALE = """
    with removed as (
        delete from account_codes where id in (
            select id from stale_account_codes limit :batch::integer for update skip locked
        ) returning 1
    )
    select count(*) from removed
"""


def make_code(tx: Transaction, purpose: Purpose, address: str) -> UUID:
    """Make a code for an address, which ends the one before. Returns its id."""
    return tx.value(
        UUID,
        """
        insert into account_codes (purpose, address, tries_left, expires_at)
        values (:purpose, lower(:address), :tries, now() + make_interval(mins => :minutes::integer))
        on conflict (purpose, address) do update
            set id = gen_random_uuid(), tries_left = excluded.tries_left, expires_at = excluded.expires_at
        returning id
        """,
        purpose=purpose,
        address=address,
        tries=TRIES,
        minutes=VALID_MINUTES,
    )


def digits_of(code_id: UUID) -> str:
    """The six digits of a code."""
    return _digits(secrets.newest(secrets.JWT_KEY), code_id)


def try_code(tx: Transaction, purpose: Purpose, address: str, given: str) -> bool:
    """Whether this is the code of this address, which is one of its five tries. The caller commits, whatever it is."""
    code_id = tx.first_value(
        UUID,
        """
        update account_codes set tries_left = tries_left - 1
        where purpose = :purpose and address = lower(:address) and tries_left > 0 and expires_at > now() returning id
        """,
        purpose=purpose,
        address=address,
    )
    # Without a code the same is computed: it takes the same time.
    tried = code_id or UUID(int=0)
    typed = as_typed(given)
    is_right = any(hmac.compare_digest(_digits(key, tried).encode(), typed) for key in secrets.in_use(secrets.JWT_KEY))
    return is_right and code_id is not None


def end_code(tx: Transaction, purpose: Purpose, address: str) -> None:
    """Remove the code of this address, because it was used."""
    tx.run(
        "delete from account_codes where purpose = :purpose and address = lower(:address)", purpose=purpose, address=address
    )


def end_all_codes(tx: Transaction, address: str) -> None:
    """Remove all codes of this address, because its account is being closed."""
    tx.run("delete from account_codes where address = lower(:address)", address=address)


def as_typed(given: str) -> bytes:
    """A code without spaces; Arabic keyboards type digits of their own, which count as the same."""
    plain = "".join(str(unicodedata.decimal(letter, letter)) for letter in given if not letter.isspace())
    return plain.encode("utf-8", "surrogatepass")


def _digits(key: str, code_id: UUID) -> str:
    # 64 bits leave no digit noticeably more likely than another.
    number = int.from_bytes(hmac.digest(key.encode(), b"code " + code_id.bytes, hashlib.sha256)[:8], "big")
    return f"{number % 10**DIGITS:0{DIGITS}}"
