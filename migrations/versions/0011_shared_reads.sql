-- Views and functions that several reads use. All of them are views, functions of one expression, or functions that return
-- one select as a table, so the planner merges them into the statement that uses them.

-- A session ends at `ended_at` (such as a logout), 30 days after its last use, or 90 days after login, whichever is first.
create function session_ends_at(session sessions) returns timestamptz
language sql stable as $$
    select least(session.ended_at, session.last_used_at + interval '30 days', session.created_at + interval '90 days')
$$;

-- `ended_at` is checked separately: if another transaction has just ended the session, that time may be after our now().
create function session_is_active(session sessions) returns boolean
language sql stable as $$
    select session.ended_at is null and session_ends_at(session) > now()
$$;

-- Profiles as users see their own, with balances in one currency. Expired points are not counted, even if no job has
-- removed them yet.
create function profile_documents(balance_currency text) returns table (user_id uuid, is_active boolean, document json)
language sql stable as $$
    select users.id, users.is_active, json_build_object(
        'id', users.id, 'email', users.email, 'username', users.username,
        'first_name', users.first_name, 'last_name', users.last_name, 'phone', users.phone,
        'role', users.role, 'language', users.language, 'avatar', users.avatar,
        'email_verified', users.email_verified, 'phone_verified', users.phone_verified,
        'gender', users.gender, 'country', users.country, 'created_at', users.created_at,
        'wallet_balance', money(coalesce((
            select balance from ledger_accounts
            where user_id = users.id and kind = 'WALLET' and currency = balance_currency), 0), balance_currency),
        'cashback_balance', money(coalesce((
            select balance from ledger_accounts
            where user_id = users.id and kind = 'CASHBACK' and currency = balance_currency), 0), balance_currency),
        'points', json_build_object(
            'current_balance', (select coalesce(sum(points_left), 0) from points_lots
                                where user_id = users.id and points_left > 0 and expires_at > now()),
            'total_earned', (select coalesce(-sum(balance), 0)::bigint from ledger_accounts
                             where user_id = users.id and kind = 'POINTS_ISSUED')),
        'membership', null
    )
    from users
$$;

-- Invoices as they were issued, with the present status of their orders. `base_url` is where the public pages are.
create function invoice_documents(base_url text)
returns table (order_id uuid, user_id uuid, verify_token text, document jsonb)
language sql stable as $$
    select orders.id, orders.user_id, invoices.verify_token, invoices.snapshot || jsonb_build_object(
        'invoice_number', invoices.invoice_number, 'order_id', orders.id, 'issued_at', invoices.issued_at,
        'status', orders.status, 'payment_status', orders.payment_status,
        'amount_paid', money(orders.amount_paid, orders.currency),
        'balance_due', case when orders.status = 'ISSUED'
                            then money(orders.total_amount - orders.amount_paid, orders.currency)
                            else money(0, orders.currency) end,
        'paid_at', orders.paid_at, 'verify_url', base_url || '/invoices/verify/' || invoices.verify_token)
    from invoices join orders on orders.id = invoices.order_id
$$;

-- The rows that the purge removes. An idempotency key is valid for 24 hours, and the login throttle reads the last five
-- minutes. A session is kept for 30 days after its end, so that one can still see who did something.
create view stale_idempotency_keys as
    select ctid as row_id from idempotency_keys where created_at < now() - interval '24 hours';
create view stale_login_attempts as
    select id from login_attempts where at < now() - interval '1 day';
create view stale_sessions as
    select id from sessions where session_ends_at(sessions) < now() - interval '30 days';
