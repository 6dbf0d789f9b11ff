"""Staff make accounts."""

from functions.people.forms import NewUser
from functions.people.records import insert_account
from lib import audit, db
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import Invalid
from lib.pictures.keeping import address_of, require_may_show
from lib.security import passwords
from lib.security.rights import require_may_manage


def make_user(actor: Actor, form: NewUser) -> bytes:
    """Make an account; the answer. Raises Forbidden, Invalid or AlreadyTaken."""
    require_may_manage(actor.role, form.role)
    personal = (form.email, form.username, form.first_name, form.last_name, form.phone)
    if weakness := passwords.weakness(form.password, *personal):
        raise Invalid.field(["body", "password"], weakness)
    # Before the transaction begins: nothing is held open while a picture is drawn and stored, and a password is hashed.
    return _insert(actor, form, passwords.hashed(form.password), address_of(form.avatar, actor.user_id))


@db.in_transaction
def _insert(tx: Transaction, actor: Actor, form: NewUser, password_hash: str, avatar: str | None) -> bytes:
    fields = form.model_dump(exclude={"password", "avatar", "plan_id", "plan_start_date"})
    user_id = insert_account(tx, password_hash, avatar=avatar, **fields)
    if avatar is not None:
        require_may_show(tx, user_id, avatar)
    after = {name: value for name, value in fields.items() if value is not None}
    audit.record(tx, actor, "create", "user", user_id, after=after)
    return tx.json(
        """
        select json_build_object(
            'success', true, 'message', 'The account is made', 'user_id', id, 'subscription_id', null, 'points_awarded', 0,
            'user', json_build_object(
                'id', id, 'email', email, 'username', username, 'name', first_name || ' ' || last_name, 'role', role,
                'status', status, 'membership_id', membership_id_display, 'plan', null))::text
        from users where id = :id
        """,
        id=user_id,
    )
