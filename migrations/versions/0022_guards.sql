-- Who may write the ledger. That a statement runs inside some trigger proves nothing: whoever may make a trigger or a
-- temporary table gets inside one. So the guards ask for the table's owner, as whom only the functions below run.

-- Both are needed: the depth stops what the owner does by hand, the owner stops everybody else's triggers.
create function refuse_unless_by_our_triggers() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    if pg_trigger_depth() > 1
       and current_user = (select pg_get_userbyid(relowner) from pg_class where oid = tg_relid) then
        return new;
    end if;
    raise exception '% is append-only: % is refused', tg_table_name, lower(tg_op) using errcode = 'integrity_constraint_violation';
end
$$;
create or replace trigger ledger_accounts_by_entries_only before update on ledger_accounts
    for each row execute function refuse_unless_by_our_triggers();
create or replace trigger points_lots_by_uses_only before update of points, points_left on points_lots
    for each row execute function refuse_unless_by_our_triggers();

-- History goes after its booking has gone: no trigger of anybody's makes that true of a booking that is there.
create function refuse_while_booking_is_there() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
    if exists (select from bookings where id = old.booking_id) then
        raise exception '% is append-only: % is refused', tg_table_name, lower(tg_op) using errcode = 'integrity_constraint_violation';
    end if;
    return old;
end
$$;
create or replace trigger booking_history_with_its_booking before delete on booking_history
    for each row execute function refuse_while_booking_is_there();

-- These write what their callers may not. The path is fixed and its last place is the caller's temporary schema, so that
-- no table or function of a caller's own is taken for ours.
alter function move_account() security definer set search_path = public, pg_temp;
alter function use_points_lot() security definer set search_path = public, pg_temp;
alter function open_wallet() security definer set search_path = public, pg_temp;
alter function mark_order_with_payment() security definer set search_path = public, pg_temp;
alter function check_entries_sum() security definer set search_path = public, pg_temp;
alter function check_has_entries() security definer set search_path = public, pg_temp;
alter function take_number(text) security definer set search_path = public, pg_temp;
alter function post_transactions(uuid, jsonb) security definer set search_path = public, pg_temp;
alter function post_transactions_of_many(jsonb) security definer set search_path = public, pg_temp;

-- A trigger of somebody's own on a table of their own would make these write what that table's rows say. Of the triggers
-- that are there nobody needs this right: it is asked for where a trigger is made.
revoke execute on function move_account(), use_points_lot(), open_wallet(), mark_order_with_payment() from public;
