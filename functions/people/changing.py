"""Staff change accounts: the form, the role, and who looks after a customer."""

import dataclasses
import uuid
from uuid import UUID

from functions.people.forms import UserChanges
from functions.people.records import (
    LockedAccount,
    lock_account,
    release_customers,
    update_account,
)
from lib import audit, db
from lib.audit import Actor
from lib.db import Transaction
from lib.errors import Invalid
from lib.mail.outbox import Mail, queue_mails
from lib.pictures.given import Photo
from lib.pictures.keeping import address_of, require_may_show
from lib.security import callers
from lib.security.fields import Role
from lib.security.rights import refuse_own_account, require_may_manage
from lib.security.sessions import end_all_sessions

# The columns whose fields have another name.
_FIELDS = {"membership_id_display": "membership_id"}
_COLUMNS = {field: column for column, field in _FIELDS.items()}
_IGNORED = {"plan_id", "plan_start_date"}


def change_user(actor: Actor, user_id: UUID, form: UserChanges) -> bytes:
    """Apply a form to an account; the answer. Raises NotFound, Forbidden, OwnAccount, Conflict or AlreadyTaken."""
    wanted = _given(form)
    if isinstance(form.avatar, Photo):
        _require_may_change(actor, user_id)
        # Before the transaction begins: nothing is held open while a picture is drawn and stored.
        wanted["avatar"] = address_of(form.avatar, actor.user_id)
    answer, ended = _change(actor, user_id, wanted)
    for session_id in ended:
        callers.forget(session_id)
    return answer


def change_role(actor: Actor, user_id: UUID, role: Role) -> None:
    """Give an account another role. Raises NotFound, Forbidden, OwnAccount or Conflict."""
    _change(actor, user_id, {"role": role})


@db.in_transaction
def assign_employee(tx: Transaction, actor: Actor, user_id: UUID, employee_id: UUID | None) -> None:
    """Let somebody look after a customer, or nobody. Raises NotFound, Forbidden, Conflict or Invalid."""
    account = lock_account(tx, actor.user_id, actor.role, user_id)
    if account.role != "CUSTOMER":
        raise Invalid.field(["path", "user_id"], "is no customer, so nobody looks after them")
    if employee_id is not None and not tx.exists(
        # Shared, so that they are not closed or made a customer meanwhile.
        "select 1 from users where id = :id and list_rank = 1 and is_active for share",
        id=employee_id,
    ):
        raise Invalid.field(["body", "employee_id"], "is nobody who works here")
    if employee_id != account.assigned_employee_id:
        update_account(tx, user_id, dataclasses.replace(account, assigned_employee_id=employee_id))
        before, after = ({"assigned_employee_id": one} for one in (account.assigned_employee_id, employee_id))
        audit.record(tx, actor, "assign", "user", user_id, before=before, after=after)


def _given(form: UserChanges) -> dict[str, object]:
    """What the form wants to have, by the names of the columns."""
    given = {_COLUMNS.get(name, name): getattr(form, name) for name in form.model_fields_set - _IGNORED}
    if given.get("membership_id_display") is None:
        given.pop("membership_id_display", None)
    return given


@db.in_transaction
def _require_may_change(tx: Transaction, actor: Actor, user_id: UUID) -> None:
    """Raise what `_change` will raise for this account, before anything is done for its picture."""
    require_may_manage(actor.role, lock_account(tx, actor.user_id, actor.role, user_id).role)


@db.in_transaction
def _change(tx: Transaction, actor: Actor, user_id: UUID, wanted: dict[str, object]) -> tuple[bytes, list[UUID]]:
    """The answer, and the sessions that have ended."""
    account = lock_account(tx, actor.user_id, actor.role, user_id)
    changed = {name: value for name, value in wanted.items() if value != getattr(account, name)}
    role = str(changed.get("role", account.role))
    if not {"role", "status"}.isdisjoint(changed):
        refuse_own_account(actor.user_id, user_id)
    require_may_manage(actor.role, account.role, role)
    ended: list[UUID] = []
    if changed:
        if isinstance(address := changed.get("avatar"), str):
            require_may_show(tx, user_id, address)
        _write(tx, account, changed)
        if changed.get("status") == "SUSPENDED":
            ended = end_all_sessions(tx, user_id, "SUSPENDED")
        if "email" in changed:
            _tell_both_addresses(tx, account)
        before = {_FIELDS.get(name, name): getattr(account, name) for name in changed}
        after = {_FIELDS.get(name, name): value for name, value in changed.items()}
        audit.record(tx, actor, "change", "user", user_id, before=before, after=after)
    return _answer(tx, user_id, sorted(_FIELDS.get(name, name) for name in changed)), ended


def _write(tx: Transaction, account: LockedAccount, changed: dict[str, object]) -> None:
    follows: dict[str, object] = {}
    if "email" in changed:
        follows["email_verified"] = False
    if "role" in changed:
        # Only customers are looked after, and only by staff.
        follows["assigned_employee_id"] = None
        if changed["role"] == "CUSTOMER":
            release_customers(tx, account.id)
    update_account(tx, account.id, dataclasses.replace(account, **{**changed, **follows}))  # type: ignore[arg-type] # by column


def _tell_both_addresses(tx: Transaction, before: LockedAccount) -> None:
    """Tell the address that the account had, and the one that it has now. Neither mail names the owner or the other one."""
    key = f"address:{uuid.uuid4()}"
    queue_mails(
        tx,
        [
            Mail(user_id=before.id, kind="ADDRESS_REMOVED", key=f"{key}:removed", recipient=before.email),
            Mail(user_id=before.id, kind="ADDRESS_GIVEN", key=f"{key}:given"),
        ],
    )


def _answer(tx: Transaction, user_id: UUID, changes: list[str]) -> bytes:
    return tx.json(
        """
        select json_build_object(
            'success', true, 'message', :message::text, 'changes', :changes::text[], 'points_awarded', 0,
            'user', json_build_object(
                'id', id, 'email', email, 'username', coalesce(username, ''), 'avatar', avatar,
                'name', first_name || ' ' || last_name, 'role', role, 'status', status, 'plan', null))::text
        from users where id = :id
        """,
        id=user_id,
        message="The account is changed" if changes else "The account is as it was",
        changes=changes,
    )
