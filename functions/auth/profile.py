"""The profile: what users see of their own account, and what they may change."""

from uuid import UUID

from functions.auth.schemas import ProfileChanges
from lib import db
from lib.config import config
from lib.db import Transaction
from lib.errors import InvalidToken

_CLOSED = "This account is closed"


def read_profile(user_id: UUID) -> bytes:
    """The user's profile as JSON. Raises InvalidToken for an account that was closed a moment ago."""
    profile = db.read.first_json(
        "select document::text from profile_documents(:balance_currency) where user_id = :user_id and is_active",
        user_id=user_id,
        balance_currency=config().loyalty.currency,
    )
    if profile is None:
        raise InvalidToken(_CLOSED)
    return profile


def read_changed_profile(user_id: UUID) -> bytes:
    """The user's profile as the response to a change has it. Raises InvalidToken for an account that was closed."""
    changed = db.read.first_json(
        """
        select json_build_object('success', true, 'message', 'Your profile is up to date', 'user', document)::text
        from profile_documents(:balance_currency) where user_id = :user_id and is_active
        """,
        user_id=user_id,
        balance_currency=config().loyalty.currency,
    )
    if changed is None:
        raise InvalidToken(_CLOSED)
    return changed


@db.in_transaction
def change_profile(tx: Transaction, user_id: UUID, changes: ProfileChanges) -> None:
    """Change the given fields. An account that is closed stays as it is."""
    given = changes.model_fields_set
    tx.run(
        """
        update users set
            first_name = coalesce(:first_name, first_name),
            last_name = coalesce(:last_name, last_name),
            language = coalesce(:language, language),
            phone = case when :phone_given then :phone else phone end,
            avatar = case when :avatar_given then :avatar else avatar end,
            gender = case when :gender_given then :gender else gender end,
            country = case when :country_given then :country else country end,
            updated_at = case when :anything_given then now() else updated_at end
        where id = :user_id and is_active
        """,
        user_id=user_id,
        first_name=changes.first_name,
        last_name=changes.last_name,
        language=changes.language,
        phone=changes.phone,
        phone_given="phone" in given,
        avatar=None if changes.avatar is None else str(changes.avatar),
        avatar_given="avatar" in given,
        gender=changes.gender,
        gender_given="gender" in given,
        country=changes.country,
        country_given="country" in given,
        anything_given=bool(given),
    )
