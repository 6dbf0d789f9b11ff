"""A person's own data, read by one statement: nothing of others, and nothing that lets anybody in."""

from lib import db
from lib.config import config
from lib.errors import InvalidToken
from lib.security.callers import Caller

ROWS_PER_LIST = 1_000


def _newest(view: str, condition: str = "user_id = :id", document: str = "document") -> str:
    """The newest documents of a view as JSON."""
    return f"""
        (select coalesce(json_agg({document} order by created_at desc, id desc), '[]')
         from (select id, created_at, document from {view} where {condition}
               order by created_at desc, id desc limit :most::integer) newest)
    """  # noqa: S608 - view, condition and document are ours


_ACCOUNT = "account_id = (select id from ledger_accounts where user_id = :id and kind = '{kind}' and currency = {currency})"
# Without the names of those who worked on it.
_BOOKING = """
    document::jsonb - 'creator_name' || jsonb_build_object('history', (
        select coalesce(jsonb_agg(step - 'by'), '[]') from jsonb_array_elements(document::jsonb -> 'history') step))
    """
_SESSIONS = """
    (select coalesce(json_agg(to_json(newest) order by created_at desc), '[]') from (
        select created_at, last_used_at, ended_at, end_reason, address, user_agent
        from sessions where user_id = :id order by created_at desc limit :most::integer) newest)
    """
# The address of the page that verifies an invoice lets anybody see it.
_INVOICES = """
    (select coalesce(json_agg(i.document - 'verify_url' order by o.created_at desc), '[]')
     from (select id, created_at from orders where user_id = :id
           order by created_at desc, id desc limit :most::integer) o
     join invoice_documents('') i on i.order_id = o.id)
    """
# A code is mailed to an address, which is theirs once they have proven it.
_MAILS = """
    (select coalesce(json_agg(to_json(newest) order by created_at desc), '[]') from (
        select kind, status, created_at, ended_at from (
            (select kind, status, created_at, ended_at from mails where user_id = :id
             order by created_at desc limit :most::integer)
            union all
            (select kind, status, created_at, ended_at from mails
             where user_id is null and mine.email_verified and lower(recipient) = lower(mine.email)
               and created_at >= mine.created_at
             order by created_at desc limit :most::integer)) told
        order by created_at desc limit :most::integer) newest)
    """
_CHANGES = """
    (select coalesce(json_agg(to_json(newest) order by at desc), '[]') from (
        select at, case when actor_id = :id then 'you' when actor_id is null then 'the system' else 'our staff' end as by,
               action, entity, before - 'assigned_employee_id' as before, after - 'assigned_employee_id' as after
        from audit_log where entity_id = :id order by at desc, id desc limit :most::integer) newest)
    """
_STATEMENT = f"""
    select json_build_object(
        'exported_at', now(), 'rows_per_list', :most::integer,
        'profile', (select document from profile_documents(:balance_currency) where user_id = :id),
        'has_second_factor', exists (select from second_factors where user_id = :id and confirmed_at is not null),
        'sessions', {_SESSIONS},
        'orders', {_newest("order_documents")},
        'bookings', {_newest("booking_documents(false)", document=_BOOKING)},
        'payments', {_newest("payment_documents")},
        'refunds', {_newest("refund_documents(false, :balance_currency)")},
        'invoices', {_INVOICES},
        'wallet_transactions', {
    _newest("wallet_transaction_documents", _ACCOUNT.format(kind="WALLET", currency=":balance_currency"))
},
        'points_transactions', {_newest("points_transaction_documents", _ACCOUNT.format(kind="POINTS", currency="'PTS'"))},
        'cashback_records', {_newest("cashback_documents")},
        'cashback_movements', {_newest("cashback_movement_documents")},
        'cashback_withdrawals', {_newest("cashback_withdrawal_documents")},
        'mails', {_MAILS},
        'changes', {_CHANGES})::text
    from users mine where mine.id = :id and mine.is_active
"""  # noqa: S608 - the parts are constants of this file


def own_data(caller: Caller) -> bytes:
    """What is kept about the caller, as JSON. Raises InvalidToken for an account that was closed a moment ago."""
    data = db.read.first_json(_STATEMENT, id=caller.user_id, most=ROWS_PER_LIST, balance_currency=config().loyalty.currency)
    if data is None:
        raise InvalidToken("This account is closed")
    return data
