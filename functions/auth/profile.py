"""The profile: what a user sees of themselves, and what of it they may change."""

from uuid import UUID

from functions.auth.schemas import ProfileChanges
from lib import db
from lib.config import config
from lib.db import Transaction
from lib.errors import InvalidToken

# The JSON of a row of `users`, for every statement that answers with it; it wants :balance_currency. Points whose lot is
# over are not counted, whether a job has taken them off yet or not.
PROFILE_JSON = """
    json_build_object(
        'id', users.id, 'email', users.email, 'username', users.username,
        'first_name', users.first_name, 'last_name', users.last_name, 'phone', users.phone,
        'role', users.role, 'language', users.language, 'avatar', users.avatar,
        'email_verified', users.email_verified, 'phone_verified', users.phone_verified,
        'gender', users.gender, 'country', users.country, 'created_at', users.created_at,
        'wallet_balance', money(coalesce((
            select balance from ledger_accounts
            where user_id = users.id and kind = 'WALLET' and currency = :balance_currency), 0), :balance_currency),
        'cashback_balance', money(coalesce((
            select balance from ledger_accounts
            where user_id = users.id and kind = 'CASHBACK' and currency = :balance_currency), 0), :balance_currency),
        'points', json_build_object(
            'current_balance', (select coalesce(sum(points_left), 0) from points_lots
                                where user_id = users.id and points_left > 0 and expires_at > now()),
            'total_earned', (select coalesce(-sum(balance), 0)::bigint from ledger_accounts
                             where user_id = users.id and kind = 'POINTS_ISSUED')),
        'membership', null
    )
"""


def read_profile(user_id: UUID) -> bytes:
    """Read the user's profile as JSON. Raises InvalidToken for an account that was closed a moment ago."""
    profile = db.read_json(
        f"select {PROFILE_JSON}::text from users where id = :user_id and is_active",  # noqa: S608 - a constant of ours
        user_id=user_id,
        balance_currency=config().loyalty.currency,
    )
    if profile is None:
        raise InvalidToken("This account is closed")
    return profile


@db.in_transaction
def change_profile(tx: Transaction, user_id: UUID, changes: ProfileChanges) -> bytes:
    """Change the fields that were given, and answer with the profile. Raises InvalidToken for a closed account."""
    given = changes.model_fields_set
    row = tx.row(
        f"""
        update users set
            first_name = coalesce(:first_name, first_name),
            last_name = coalesce(:last_name, last_name),
            language = coalesce(:language, language),
            phone = case when :phone_given then :phone else phone end,
            avatar = case when :avatar_given then :avatar else avatar end,
            updated_at = case when :anything_given then now() else updated_at end
        where id = :user_id and is_active
        returning json_build_object(
            'success', true, 'message', 'Your profile is up to date', 'user', {PROFILE_JSON}
        )::text
        """,  # noqa: S608 - a constant of ours
        user_id=user_id,
        first_name=changes.first_name,
        last_name=changes.last_name,
        language=changes.language,
        phone=changes.phone,
        phone_given="phone" in given,
        avatar=None if changes.avatar is None else str(changes.avatar),
        avatar_given="avatar" in given,
        anything_given=bool(given),
        balance_currency=config().loyalty.currency,
    )
    if row is None:
        raise InvalidToken("This account is closed")
    return str(row[0]).encode()
