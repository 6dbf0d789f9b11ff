"""Every statement that changes payments that are there; inserting.py inserts them.

Each move checks its starting status in SQL and returns the fresh payment.

Settling and closing need the payment locked. When a job looks again is changed in lib/payments/schedule.py.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from lib.db import Transaction
from lib.fawaterk.models import OpenedInvoice, Received
from lib.orders.locks import LockedOrder
from lib.payments.locks import ClosedStatus, LockedPayment, Resolution, ReviewReason


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


def write_expected(tx: Transaction, payment_id: UUID, expected: Received) -> None:
    """Store what the gateway says that the payer is to pay, unless it is known or the money has arrived meanwhile."""
    sql = """
        update payments set expected_total = :total, expected_currency = :currency
        where id = :id and expected_total is null and gateway_total is null and not is_settled(payments)
        """
    tx.run(sql, id=payment_id, total=expected.amount, currency=expected.currency)


def write_transaction(tx: Transaction, payment_id: UUID, transaction_id: str) -> None:
    """Store the number of the transaction by which the money came, as the gateway shows it; refunds may need it."""
    sql = """
        update payments set gateway_transaction_id = :transaction_id
        where id = :id and gateway_transaction_id is distinct from :transaction_id::text
        """
    tx.run(sql, id=payment_id, transaction_id=transaction_id)


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
    tx: Transaction,
    payment: LockedPayment,
    received: Received,
    *,
    told: Received | None,
    paid_at: datetime | None,
    transaction_id: str | None = None,
    applied: Decimal,
) -> LockedPayment:
    """PENDING or closed → PAID: its money has arrived, and `applied` of it was applied to the order.

    `told`: the total as the gateway tells it, `transaction_id`: by which refunds may name it; None keeps what was stored.
    """
    sql = """
        update payments set status = 'PAID', paid_at = coalesce(:paid_at::timestamptz, now()), received_amount = :amount,
               received_currency = :currency, applied_amount = :applied, error_message = null, check_due_at = null,
               gateway_total = coalesce(:told::numeric, gateway_total),
               gateway_currency = coalesce(:told_currency::text, gateway_currency),
               gateway_transaction_id = coalesce(:transaction_id::text, gateway_transaction_id), updated_at = now()
        where id = :id and (status = 'PENDING' or is_closed(payments)) returning :row
        """
    figures = _figures(received, told)
    return tx.one(
        LockedPayment, sql, id=payment.id, paid_at=paid_at, applied=applied, transaction_id=transaction_id, **figures
    )


def apply_received(tx: Transaction, payment: LockedPayment, applied: Decimal) -> LockedPayment:
    """Record that so much more of a settled payment was applied to the order, if it has so much that was not."""
    sql = """
        update payments set applied_amount = applied_amount + :applied, updated_at = now()
        where id = :id and is_settled(payments)
          and (applied_amount = 0 or received_currency = currency and applied_amount + :applied <= received_amount)
        returning :row
        """
    return tx.one(LockedPayment, sql, id=payment.id, applied=applied)


def add_received(tx: Transaction, payment: LockedPayment, more: Decimal, told: Received | None) -> LockedPayment:
    """Record that more has arrived of a settled payment, and the total as the gateway tells it now.

    REFUNDED → PARTIALLY_REFUNDED: there is something to refund again.
    """
    sql = """
        update payments set received_amount = received_amount + :more,
               status = case status when 'REFUNDED' then 'PARTIALLY_REFUNDED' else status end,
               gateway_total = coalesce(:told::numeric, gateway_total),
               gateway_currency = coalesce(:told_currency::text, gateway_currency), updated_at = now()
        where id = :id and is_settled(payments) returning :row
        """
    return tx.one(
        LockedPayment, sql, id=payment.id, more=more, told=told and told.amount, told_currency=told and told.currency
    )


def write_received(
    tx: Transaction, payment: LockedPayment, received: Received | None, told: Received | None
) -> LockedPayment:
    """Record what seems to have arrived for a payment that is not settled, and the total as the gateway tells it.

    None: it can't be read.
    """
    sql = """
        update payments set received_amount = :amount, received_currency = :currency, gateway_total = :told,
               gateway_currency = :told_currency
        where id = :id and not is_settled(payments) returning :row
        """
    return tx.one(LockedPayment, sql, id=payment.id, **_figures(received, told))


def _figures(received: Received | None, told: Received | None) -> dict[str, object]:
    return {
        "amount": received and received.amount,
        "currency": received and received.currency,
        "told": told and told.amount,
        "told_currency": told and told.currency,
    }


def flag_for_review(tx: Transaction, payment: LockedPayment, reason: ReviewReason) -> LockedPayment:
    """Put a payment into review. An earlier decision about it is cleared here; the audit log keeps it.

    If its money is not settled, the gateway is still asked about it: it may come to show the whole amount.
    """
    sql = """
        update payments set review_reason = :reason, resolution = null, resolution_note = null,
               resolved_by_user_id = null, resolved_at = null, updated_at = now(),
               check_due_at = case when not is_settled(payments) then now() + interval '1 hour' end
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


def end_review(tx: Transaction, payment: LockedPayment, note: str) -> LockedPayment:
    """SETTLED without a person, whatever was decided before: the gateway came to show the whole amount."""
    sql = """
        update payments set resolution = 'SETTLED', resolution_note = :note, resolved_by_user_id = null,
               resolved_at = now(), updated_at = now()
        where id = :id and review_reason is not null and is_settled(payments) returning :row
        """
    return tx.one(LockedPayment, sql, id=payment.id, note=note)


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


def write_gateway_answer(tx: Transaction, payment: LockedPayment, answer: str, transaction_id: str | None = None) -> None:
    """Keep what the gateway answered, for the person who has to decide, and the number by which refunds may name it."""
    sql = """
        update payments set gateway_answer = :answer,
               gateway_transaction_id = coalesce(:transaction_id::text, gateway_transaction_id)
        where id = :id
        """
    tx.run(sql, id=payment.id, answer=answer, transaction_id=transaction_id)
