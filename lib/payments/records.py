"""Every statement that changes payments. Each move checks its starting status in SQL and returns the fresh payment.

Settling and closing need the payment locked. The claims of jobs need no lock: they only change when a job looks again.
"""

import secrets as randomness
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeVar
from uuid import UUID

from lib.db import Transaction
from lib.fawaterk.models import OpenedInvoice, Received
from lib.holds.splitting import Split
from lib.orders.locks import LockedOrder
from lib.payments.locks import ClosedStatus, LockedPayment, PaymentType, Resolution, ReviewReason

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class NewAttempt:
    """An attempt that was inserted. `return_token`: the return page finds the payment by it."""

    id: UUID
    payment_number: str
    return_token: str


def insert_attempt(
    tx: Transaction, order: LockedOrder, split: Split, *, amount: Decimal, method_id: int, method_name: str
) -> NewAttempt:
    """Insert a PENDING attempt: the gateway is asked for `amount`, and the split is taken from balances."""
    return _insert(
        tx, NewAttempt, order, split, amount=amount, payment_type=order.sold_as, method=method_name, method_id=method_id
    )


def insert_balance_payment(tx: Transaction, order: LockedOrder, split: Split) -> LockedPayment:
    """Insert a payment from balances alone. It is PAID at once."""
    return _insert(
        tx,
        LockedPayment,
        order,
        split,
        amount=split.value,
        payment_type=order.sold_as,
        method="BALANCE",
        status="PAID",
    )


def insert_manual_payment(tx: Transaction, order: LockedOrder, amount: Decimal) -> LockedPayment:
    """Insert a MANUAL payment that is PENDING. The caller settles it in the same transaction."""
    return _insert(tx, LockedPayment, order, Split(), amount=amount, payment_type="MANUAL", method="MANUAL")


def _insert(
    tx: Transaction,
    row: type[T],
    order: LockedOrder,
    split: Split,
    *,
    amount: Decimal,
    payment_type: PaymentType,
    method: str,
    method_id: int | None = None,
    status: Literal["PENDING", "PAID"] = "PENDING",
) -> T:
    sql = """
    insert into payments (payment_number, order_id, user_id, payment_type, payment_method, payment_method_id, amount,
                          currency, status, return_token, paid_at, check_due_at, points_to_use, points_value,
                          cashback_to_use, wallet_to_use)
    values (take_number('PAY'), :order_id, :user_id, :payment_type, :method, :method_id::integer, :amount, :currency,
            :status, :token, case when :status = 'PAID' then now() end,
            case when :method_id::integer is not null then now() + interval '2 minutes' end,
            :points, :points_value, :cashback, :wallet)
    returning :row
    """
    return tx.one(
        row,
        sql,
        order_id=order.id,
        user_id=order.user_id,
        payment_type=payment_type,
        method=method,
        method_id=method_id,
        amount=amount,
        currency=order.currency,
        status=status,
        token=randomness.token_urlsafe(24),
        **vars(split),
    )


def write_opener(tx: Transaction, payment_id: UUID, user_id: UUID) -> None:
    """Record who asked for a payment: the customer, or staff for them."""
    sql = "update payments set opened_by_user_id = :user_id where id = :id and opened_by_user_id is null"
    tx.run(sql, id=payment_id, user_id=user_id)


def write_opened_invoice(tx: Transaction, payment_id: UUID, opened: OpenedInvoice) -> LockedPayment:
    """Store what the gateway answered, whatever the status: a webhook can come before the answer."""
    sql = """
        update payments set gateway_invoice_id = :invoice_id, gateway_invoice_key = :invoice_key,
               gateway_reference = :reference, payment_url = :payment_url, fawry_code = :fawry_code, qr_code = :qr_code,
               expires_at = :expires_at, updated_at = now()
        where id = :id returning :row
        """
    written = ("invoice_id", "invoice_key", "reference", "payment_url", "fawry_code", "qr_code", "expires_at")
    return tx.one(LockedPayment, sql, id=payment_id, **{name: getattr(opened, name) for name in written})


def attach_invoice(tx: Transaction, payment: LockedPayment, *, invoice_id: str, invoice_key: str | None) -> LockedPayment:
    """Store the invoice's ids for an attempt whose answer was lost. Raises UniqueViolation if another payment has them."""
    sql = """
        update payments set gateway_invoice_id = :invoice_id, gateway_invoice_key = :invoice_key, updated_at = now()
        where id = :id and gateway_invoice_id is null returning :row
        """
    return tx.one(LockedPayment, sql, id=payment.id, invoice_id=invoice_id, invoice_key=invoice_key)


def mark_answer_lost(tx: Transaction, payment_id: UUID) -> LockedPayment:
    """Record that the gateway's answer was lost. The attempt is then never given to a payer."""
    sql = "update payments set answer_lost_at = now(), updated_at = now() where id = :id returning :row"
    return tx.one(LockedPayment, sql, id=payment_id)


def close(tx: Transaction, payment: LockedPayment, status: ClosedStatus, why: str | None) -> LockedPayment:
    """PENDING → FAILED, EXPIRED or CANCELLED.

    A job still checks it for a while, because it can still be paid at the gateway's page or by its code.
    """
    sql = """
        update payments set status = :status, error_message = :why, updated_at = now(),
               check_due_at = case when gateway_invoice_id is not null then now() + interval '1 hour' end
        where id = :id and status = 'PENDING' returning :row
        """
    return tx.one(LockedPayment, sql, id=payment.id, status=status, why=why)


def close_attempt_of_order(tx: Transaction, order: LockedOrder, status: ClosedStatus, why: str) -> LockedPayment | None:
    """Close the open attempt of a locked order. None if it has none, or if that is in review."""
    sql = "select :row from payments where order_id = :id and status = 'PENDING' and not in_review(payments) for update"
    attempt = tx.first(LockedPayment, sql, id=order.id)
    return None if attempt is None else close(tx, attempt, status, why)


def reject(tx: Transaction, payment: LockedPayment, why: str) -> LockedPayment:
    """Record that staff rejected the money of a payment: PENDING → FAILED; a closed payment keeps its status."""
    sql = """
        update payments set status = case when status = 'PENDING' then 'FAILED' else status end, error_message = :why,
               check_due_at = case when gateway_invoice_id is not null then now() + interval '1 hour' end
        where id = :id and not is_settled(payments) returning :row
        """
    return tx.one(LockedPayment, sql, id=payment.id, why=why)


def mark_paid(
    tx: Transaction, payment: LockedPayment, received: Received, *, paid_at: datetime | None, applied: Decimal
) -> LockedPayment:
    """PENDING or closed → PAID: its money has arrived, and `applied` of it was applied to the order."""
    sql = """
        update payments set status = 'PAID', paid_at = coalesce(:paid_at::timestamptz, now()), received_amount = :amount,
               received_currency = :currency, applied_amount = :applied, error_message = null, check_due_at = null,
               updated_at = now()
        where id = :id and (status = 'PENDING' or is_closed(payments)) returning :row
        """
    arrived = {"amount": received.amount, "currency": received.currency}
    return tx.one(LockedPayment, sql, id=payment.id, paid_at=paid_at, applied=applied, **arrived)


def apply_received(tx: Transaction, payment: LockedPayment, applied: Decimal) -> LockedPayment:
    """Record how much of a settled payment was applied to the order, if nothing was applied before."""
    sql = """
        update payments set applied_amount = :applied, updated_at = now()
        where id = :id and is_settled(payments) and applied_amount = 0 returning :row
        """
    return tx.one(LockedPayment, sql, id=payment.id, applied=applied)


def write_received(tx: Transaction, payment: LockedPayment, received: Received | None) -> LockedPayment:
    """Record what seems to have arrived for a payment that is not settled. None: the amount can't be read."""
    sql = """
        update payments set received_amount = :amount, received_currency = :currency
        where id = :id and not is_settled(payments) returning :row
        """
    amount, currency = (received.amount, received.currency) if received else (None, None)
    return tx.one(LockedPayment, sql, id=payment.id, amount=amount, currency=currency)


def flag_for_review(tx: Transaction, payment: LockedPayment, reason: ReviewReason) -> LockedPayment:
    """Put a payment into review. An earlier decision about it is cleared here; the audit log keeps it."""
    sql = """
        update payments set review_reason = :reason, resolution = null, resolution_note = null,
               resolved_by_user_id = null, resolved_at = null, check_due_at = null, updated_at = now()
        where id = :id returning :row
        """
    return tx.one(LockedPayment, sql, id=payment.id, reason=reason)


def resolve(
    tx: Transaction, payment_id: UUID, resolution: Resolution, note: str, *, by_user_id: UUID | None
) -> LockedPayment:
    """End a payment's review. `by_user_id` None: the gateway's answer ended it."""
    sql = """
        update payments set resolution = :resolution, resolution_note = :note, resolved_by_user_id = :by_user_id,
               resolved_at = now(), updated_at = now()
        where id = :id and in_review(payments) returning :row
        """
    return tx.one(LockedPayment, sql, id=payment_id, resolution=resolution, note=note, by_user_id=by_user_id)


def mark_refunded(tx: Transaction, refund_id: UUID) -> list[LockedPayment]:
    """Move the payments of a COMPLETED refund to PARTIALLY_REFUNDED, or to REFUNDED once nothing of them is left.

    Both its money and the balances that were spent with it have to be refunded for that.
    """
    sql = """
        update payments set updated_at = now(), status = case
            when applied_amount + (select coalesce(sum(amount), 0) from holds
                                   where payment_id = payments.id and state = 'SPENT')
                 > (select coalesce(sum(f.amount), 0) from refund_parts f join refunds r on r.id = f.refund_id
                    where f.payment_id = payments.id and r.status = 'COMPLETED' and r.payment_id is null)
              or unapplied_amount(payments)
                 > (select coalesce(sum(f.amount), 0) from refund_parts f join refunds r on r.id = f.refund_id
                    where f.payment_id = payments.id and r.status = 'COMPLETED' and r.payment_id is not null)
                then 'PARTIALLY_REFUNDED'
            else 'REFUNDED' end
        where id in (select payment_id from refund_parts where refund_id = :refund_id) and is_settled(payments)
        returning :row
        """
    return tx.all(LockedPayment, sql, refund_id=refund_id)


def schedule_check(tx: Transaction, payment_id: UUID) -> None:
    """Make a payment due, so that the next reconciling run compares it with the gateway, unless it is in review."""
    sql = """
        update payments set check_due_at = now()
        where id = :id and gateway_invoice_id is not null and not in_review(payments)
        """
    tx.run(sql, id=payment_id)


def claim_to_check(tx: Transaction, began: datetime, *, is_due: bool) -> UUID | None:
    """Claim a payment that is due to be checked at the gateway; not `is_due`: also a PENDING one. None if none is left.

    `began`: when the run began. No payment is claimed twice in one run.
    """
    sql = """
        update payments set checks = checks + 1, checked_at = clock_timestamp(),
               check_due_at = case when status = 'PENDING'
                                   then now() + make_interval(mins => least(2 * (checks + 1), 60))
                                   else now() + interval '12 hours' end
        where id = (select p.id from payments p
                    where is_to_check(p, :began::timestamptz)
                      and (p.check_due_at <= now() or not :is_due::boolean and p.status = 'PENDING')
                    order by p.check_due_at limit 1 for update skip locked)
        returning id
        """
    return tx.first_value(UUID, sql, began=began, is_due=is_due)


def stop_checking(tx: Transaction, payment_id: UUID, *, watched_days: int) -> None:
    """Stop checking a payment that is settled, or that is closed and older than `watched_days`.

    If it became due again meanwhile, a refund was reported for it, so it is checked once more.
    """
    sql = """
        update payments set check_due_at = null
        where id = :id and status <> 'PENDING' and check_due_at > now()
          and (not is_closed(payments) or created_at < now() - make_interval(days => :days::integer))
        """
    tx.run(sql, id=payment_id, days=watched_days)


def claim_overdue(tx: Transaction, *, lost_minutes: int, open_hours: int) -> UUID | None:
    """Claim a PENDING payment whose time is over, so that a job closes it. None if none is left."""
    sql = """
        update payments set expire_due_at = now() + interval '5 minutes'
        where id = (select p.id from payments p
                    where is_to_expire(p, :lost_minutes::integer, :open_hours::integer)
                    order by p.created_at limit 1 for update skip locked)
        returning id
        """
    return tx.first_value(UUID, sql, lost_minutes=lost_minutes, open_hours=open_hours)
