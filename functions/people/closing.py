"""Staff close accounts. Orders, invoices and postings stay; who the account belonged to is struck out."""

from uuid import UUID

from functions.people.records import (
    lock_account,
    release_customers,
    strike_out_account,
)
from lib import audit, db, ledger
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import Conflict
from lib.loyalty.adding import let_lapse
from lib.loyalty.records import lock_waiting_of, mark_all_rejected
from lib.security import callers
from lib.security.rights import refuse_own_account, require_may_manage
from lib.security.sessions import end_all_sessions, strike_out_sessions

_REASON = "The account was closed"
# Money of the customer's, whatever it waits for, and what their open orders hold.
_MONEY = ("WALLET", "WALLET_HELD", "UNAPPLIED")
_HELD = ("CASHBACK_HELD", "POINTS_HELD")


def close_user(actor: Actor, user_id: UUID) -> None:
    """Close an account and end its sessions. Raises NotFound, Forbidden, OwnAccount or Conflict."""
    for session_id in _close(actor, user_id):
        callers.forget(session_id)


@db.in_transaction
def _close(tx: Transaction, actor: Actor, user_id: UUID) -> list[UUID]:
    refuse_own_account(actor.user_id, user_id)
    account = lock_account(tx, actor.user_id, actor.role, user_id)
    require_may_manage(actor.role, account.role)
    wallet = ledger.lock_wallet(tx, user_id)
    _require_settled(tx, wallet)
    let_lapse(tx, actor, wallet, _REASON)
    mark_all_rejected(tx, lock_waiting_of(tx, wallet), _REASON)
    release_customers(tx, user_id)
    ended = end_all_sessions(tx, user_id, "CLOSED")
    strike_out_sessions(tx, user_id)
    strike_out_account(tx, user_id)
    before = {"status": account.status, "role": account.role}
    audit.record(tx, actor, "close", "user", user_id, before=before, after={"status": "DELETED"})
    return ended


def _require_settled(tx: Transaction, wallet: ledger.Wallet) -> None:
    """Raise Conflict, which says why, while something of this customer is not at its end."""
    balances = ledger.balances(tx, wallet)
    if any(kind in _MONEY and amount > 0 for (kind, _), amount in balances.items()):
        raise Conflict("The wallet holds money; pay it out first")
    undecided = "select 1 from cashback_withdrawals where user_id = :id and status = 'PENDING' limit 1"
    if tx.exists(undecided, id=wallet.user_id):
        raise Conflict("A withdrawal of cashback is undecided; decide about it first")
    if any(kind in _HELD and amount > 0 for (kind, _), amount in balances.items()):
        raise Conflict("An open order holds points or cashback; cancel it first")
    to_come = """
        select 1 from bookings b join orders o on o.id = b.order_id
        where b.user_id = :id and b.status in ('PENDING', 'CONFIRMED') and o.amount_paid > o.amount_refunded
          and coalesce(b.end_date, b.start_date, 'infinity') >= (now() at time zone 'Africa/Cairo')::date limit 1
        """
    if tx.exists(to_come, id=wallet.user_id):
        raise Conflict("A paid booking is to come; call it off first")
