-- A mail to an address that an account has no longer, and to the one that it has instead.
alter table mails drop constraint mails_kind_check;
alter table mails add constraint mails_kind_check check (kind in (
    'VERIFICATION', 'PASSWORD_RESET', 'PASSWORD_CHANGED', 'ORDER_ISSUED', 'PAYMENT_RECEIVED', 'REFUND_COMPLETED',
    'BOOKING_CONFIRMED', 'BOOKING_CHANGED', 'BOOKING_CANCELLED', 'CASHBACK_CREDITED', 'ADDRESS_REMOVED', 'ADDRESS_GIVEN'));

-- Screens of staff read a username as text: who has none has an empty one there.
create or replace function user_documents(balance_currency text)
returns table (id uuid, role text, status text, assigned_employee_id uuid, list_rank smallint, created_at timestamptz,
               searched text, document json)
language sql stable as $$
    select
        u.id, u.role, u.status, u.assigned_employee_id, u.list_rank, u.created_at, u.searched,
        (select json_build_object(
            'id', u.id, 'email', u.email, 'username', coalesce(u.username, ''), 'first_name', u.first_name,
            'last_name', u.last_name, 'phone', u.phone, 'avatar', u.avatar, 'role', u.role, 'status', u.status,
            'created_at', u.created_at, 'deleted_at', u.deleted_at, 'membership_id_display', u.membership_id_display,
            'plan', null, 'membership', null,
            'points', json_build_object('current_balance', b.points, 'total_earned', b.points_earned,
                                        'total_redeemed', b.points_redeemed),
            'wallet', json_build_object('balance', money(b.wallet, balance_currency), 'currency', balance_currency),
            'cashback_balance', money(b.cashback, balance_currency))
         from held_balances(u.id, balance_currency) b)
    from users u
$$;

create or replace function user_detail_documents(balance_currency text)
returns table (id uuid, assigned_employee_id uuid, document json)
language sql stable as $$
    select u.id, u.assigned_employee_id, json_build_object(
        'user', json_build_object(
            'id', u.id, 'first_name', u.first_name, 'last_name', u.last_name, 'name', u.first_name || ' ' || u.last_name,
            'username', coalesce(u.username, ''), 'email', u.email, 'phone', u.phone, 'avatar', u.avatar, 'role', u.role,
            'status', u.status, 'gender', u.gender, 'country', u.country, 'language', u.language,
            'joined_at', u.created_at, 'created_at', u.created_at, 'last_login', u.last_login_at,
            'assigned_employee_id', u.assigned_employee_id, 'membership_id_display', u.membership_id_display),
        'assigned_employee', (select json_build_object('id', e.id, 'name', e.first_name || ' ' || e.last_name,
                                                       'email', e.email)
                              from users e where e.id = u.assigned_employee_id),
        'membership', null,
        'wallet', json_build_object('balance', money(b.wallet, balance_currency), 'currency', balance_currency),
        'points', json_build_object('current_balance', b.points, 'total_earned', b.points_earned),
        'cashback_balance', money(b.cashback, balance_currency),
        'referrals', json_build_object('count', 0, 'points_earned', 0),
        'recent_payments', (
            select coalesce(json_agg(p.document order by p.created_at desc, p.id desc), '[]')
            from (select r.id, r.created_at, r.document from recent_payment_documents r where r.user_id = u.id
                  order by r.created_at desc, r.id desc limit 10) p))
    from users u cross join lateral held_balances(u.id, balance_currency) b
$$;
