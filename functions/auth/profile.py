"""The profile: what users see of their own account, and what they may change."""

from dataclasses import dataclass
from uuid import UUID

from functions.auth.schemas import ProfileChanges
from lib import db
from lib.config import config
from lib.db import Transaction
from lib.errors import InvalidToken
from lib.pictures.keeping import address_of, require_may_show

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


def change_profile(user_id: UUID, changes: ProfileChanges) -> bytes:
    """Change the given fields; the answer. Raises InvalidToken for an account that is closed, Invalid for the avatar."""
    # Before the transaction begins: nothing is held open while a picture is drawn and stored.
    return _change(user_id, changes, address_of(changes.avatar, user_id))


def _read_changed(user_id: UUID) -> bytes:
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


@dataclass(frozen=True, kw_only=True)
class _Account:
    avatar: str | None


@db.in_transaction
def _change(tx: Transaction, user_id: UUID, changes: ProfileChanges, avatar: str | None) -> bytes:
    """Change what is given of an account that is not closed, and read the answer: both, or neither."""
    given = changes.model_fields_set
    if avatar is not None:
        # An account is locked before its pictures are.
        account = tx.first(_Account, "select :row from users where id = :id and is_active for no key update", id=user_id)
        if account is not None and account.avatar != avatar:
            require_may_show(tx, user_id, avatar)
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
        avatar=avatar,
        avatar_given="avatar" in given,
        gender=changes.gender,
        gender_given="gender" in given,
        country=changes.country,
        country_given="country" in given,
        anything_given=bool(given),
    )
    return _read_changed(user_id)
