"""Closing an account, by staff or by its owner. Orders, invoices and postings stay; who they belonged to is struck out."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from functions.people.closing_schemas import Closing
from functions.people.records import (
    LockedAccount,
    lock_account,
    lock_super_admins,
    release_customers,
    strike_out_account,
)
from lib import audit, db, ledger, logs
from lib.approvals import is_any_waiting_for
from lib.audit import Actor
from lib.bookings.records import strike_out_people
from lib.db import Transaction
from lib.errors import BalancesWouldLapse, Conflict
from lib.loyalty.adding import let_lapse
from lib.loyalty.records import LockedCashback, lock_waiting_of, mark_all_rejected
from lib.mail.outbox import remove_mails_of
from lib.money import with_currency
from lib.security import callers, codes, owners, second_factors
from lib.security.callers import Caller
from lib.security.owners import Proof
from lib.security.rights import refuse_own_account, require_may_manage
from lib.security.sessions import end_all_sessions, strike_out_sessions
from lib.web import remove_answers_of

log = logs.get(__name__)

_REASON = "The account was closed"
# Money of the customer's, whatever it waits for, and what their open orders hold.
_MONEY = ("WALLET", "WALLET_HELD", "UNAPPLIED")
_HELD = ("CASHBACK_HELD", "POINTS_HELD")


def close_user(actor: Actor, user_id: UUID) -> None:
    """Close another's account and end its sessions. Raises NotFound, Forbidden, OwnAccount or Conflict."""
    _forget(_close_another(actor, user_id))


def close_own_account(caller: Caller, actor: Actor, given: Closing) -> None:
    """Close the caller's account and end its sessions.

    Raises Invalid, TooManyRequests, Conflict, or BalancesWouldLapse if they have not agreed to lose points and cashback.
    """
    proof = owners.prove_password(caller, given.password, given.otp)
    _forget(_close_own(actor, proof, forfeits=given.forfeit_balances))


def _forget(ended: Iterable[UUID]) -> None:
    for session_id in ended:
        callers.forget(session_id)


@db.in_transaction
def _close_another(tx: Transaction, actor: Actor, user_id: UUID) -> list[UUID]:
    refuse_own_account(actor.user_id, user_id)
    account = lock_account(tx, actor.user_id, actor.role, user_id)
    require_may_manage(actor.role, account.role)
    return _close(tx, actor, account, forfeits=True)


@db.in_transaction
def _close_own(tx: Transaction, actor: Actor, proof: Proof, *, forfeits: bool) -> list[UUID]:
    if actor.role == "SUPER_ADMIN" and lock_super_admins(tx) <= {actor.user_id}:
        raise Conflict("You are the last SUPER_ADMIN; make another one first")
    owners.lock_owner(tx, proof)
    return _close(tx, actor, lock_account(tx, actor.user_id, actor.role, actor.user_id), forfeits=forfeits)


def _close(tx: Transaction, actor: Actor, account: LockedAccount, *, forfeits: bool) -> list[UUID]:
    """Close a locked account; the sessions that have ended."""
    user_id = account.id
    # Bookings are locked before wallets, as when they are paid.
    strike_out_people(tx, user_id)
    wallet = ledger.lock_wallet(tx, user_id)
    _require_settled(tx, wallet)
    waiting = lock_waiting_of(tx, wallet)
    if not forfeits:
        _require_nothing_to_lose(tx, wallet, waiting)
    let_lapse(tx, actor, wallet, _REASON)
    mark_all_rejected(tx, waiting, _REASON)
    release_customers(tx, user_id)
    ended = end_all_sessions(tx, user_id, "CLOSED")
    strike_out_sessions(tx, user_id)
    second_factors.end(tx, user_id)
    codes.end_all_codes(tx, account.email)
    remove_mails_of(tx, user_id, account.email)
    remove_answers_of(tx, user_id)
    strike_out_account(tx, user_id)
    before = {"status": account.status, "role": account.role}
    audit.record(tx, actor, "close", "user", user_id, before=before, after={"status": "DELETED"})
    log.info("an account was closed", user=user_id)
    return ended


def _require_settled(tx: Transaction, wallet: ledger.Wallet) -> None:
    """Raise Conflict, which says why, while something of this customer is not at its end."""
    balances = ledger.balances(tx, wallet)
    if any(kind in _MONEY and amount > 0 for (kind, _), amount in balances.items()):
        raise Conflict("The wallet holds money; pay it out first")
    undecided = "select 1 from cashback_withdrawals where user_id = :id and status = 'PENDING' limit 1"
    if tx.exists(undecided, id=wallet.user_id):
        raise Conflict("A withdrawal of cashback is undecided; decide about it first")
    if is_any_waiting_for(tx, wallet.user_id):
        raise Conflict("Something for this account waits for an administrator's approval; decide about it first")
    if any(kind in _HELD and amount > 0 for (kind, _), amount in balances.items()):
        raise Conflict("An open order holds points or cashback; cancel it first")
    under_way = "select 1 from payments where user_id = :id and status = 'PENDING' limit 1"
    if tx.exists(under_way, id=wallet.user_id):
        # What comes for it would be money of somebody who can't be asked any more.
        raise Conflict("A payment is still open; cancel its order first, or wait until it has ended")
    to_come = """
        select 1 from bookings b join orders o on o.id = b.order_id
        where b.user_id = :id and b.status in ('PENDING', 'CONFIRMED') and o.amount_paid > o.amount_refunded
          and coalesce(b.end_date, b.start_date, 'infinity') >= (now() at time zone 'Africa/Cairo')::date limit 1
        """
    if tx.exists(to_come, id=wallet.user_id):
        raise Conflict("A paid booking is to come; call it off first")


def _require_nothing_to_lose(tx: Transaction, wallet: ledger.Wallet, waiting: Iterable[LockedCashback]) -> None:
    """Raise BalancesWouldLapse, which names the sums, if there are points or cashback, free or waiting."""
    points = ledger.available_points(tx, wallet) + int(ledger.balance(tx, wallet, "POINTS_PENDING", ledger.POINTS))
    cashback: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (kind, currency), amount in ledger.balances(tx, wallet).items():
        if kind == "CASHBACK" and amount > 0:
            cashback[currency] += amount
    for record in waiting:
        cashback[record.currency] += record.amount
    lost = [f"{points} points"] * (points > 0)
    lost += [f"{with_currency(amount, currency)} of cashback" for currency, amount in cashback.items() if amount > 0]
    if lost:
        raise BalancesWouldLapse(" and ".join(lost))
