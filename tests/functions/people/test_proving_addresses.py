"""Who proves an address, and who may register one that somebody else registered before."""

import pytest

from functions.jobs import mails
from lib.security.codes import VALID_MINUTES
from tests.functions.auth.accounts import PASSWORD, Account
from tests.functions.people.accounts import NEW_PASSWORD, RecoveringApp
from tests.support.money import Desk

OWN_PASSWORD = "Owners-Own-321"


def is_proven(app: RecoveringApp, account: Account) -> bool:
    (row,) = app.auth.rows("select email_verified from users where id = :id", id=account.id)
    return bool(row[0])


def age(app: RecoveringApp, account: Account, minutes: int = VALID_MINUTES + 1) -> None:
    app.auth.rows(
        "update users set updated_at = now() - make_interval(mins => :minutes::integer) where id = :id",
        id=account.id,
        minutes=minutes,
    )


def register(app: RecoveringApp, email: str, password: str = OWN_PASSWORD) -> int:
    body = {"email": email, "password": password, "first_name": "Laila", "last_name": "Hassan"}
    return app.auth.post("register", body).status


def test_registering_sends_a_code_that_proves_the_address(app: RecoveringApp, account: Account) -> None:
    assert not is_proven(app, account)
    assert app.verify(account.email, app.proof_code(account.email)).status == 200
    assert is_proven(app, account)


def test_nothing_waits_for_the_proof(app: RecoveringApp, account: Account) -> None:
    assert app.can_log_in(account)
    assert not is_proven(app, account)


def test_a_code_is_sent_again_to_an_address_that_waits_and_to_no_other(app: RecoveringApp, account: Account) -> None:
    first = app.proof_code(account.email)
    asked = app.post("resend-verification", {"email": account.email})
    second = app.proof_code(account.email)
    assert app.verify(account.email, first).status == (200 if first == second else 400)
    assert app.verify(account.email, second).status == 200
    mails.send_mails()
    before = len(app.mailbox.to(account.email))
    again = app.post("resend-verification", {"email": account.email})
    assert (asked.status, asked.content) == (again.status, again.content)
    mails.send_mails()
    assert len(app.mailbox.to(account.email)) == before


def test_a_reset_proves_the_address_too(app: RecoveringApp, account: Account) -> None:
    app.forget(account.email)
    app.reset(account.email, app.reset_code(account.email))
    assert is_proven(app, account)


def test_an_account_that_nobody_claimed_keeps_nobody_from_its_address(app: RecoveringApp, account: Account) -> None:
    age(app, account)
    assert register(app, account.email) == 201
    assert not app.can_log_in(account, PASSWORD)
    assert app.can_log_in(account, OWN_PASSWORD)


def test_it_does_for_as_long_as_its_code_holds_so_that_nobody_replaces_it_before_the_first_login(
    app: RecoveringApp, account: Account
) -> None:
    age(app, account, VALID_MINUTES - 1)
    assert register(app, account.email) == 409
    assert app.can_log_in(account)


@pytest.mark.parametrize(
    "used",
    ["logged in", "logged in long ago", "proven", "reset", "made by staff", "an order", "a balance", "staff", "closed"],
)
def test_an_account_in_use_is_never_registered_over(app: RecoveringApp, account: Account, used: str) -> None:
    run = app.auth.rows
    if used.startswith("logged in"):
        assert app.can_log_in(account)
    if used == "logged in long ago":
        run("delete from refresh_tokens where session_id in (select id from sessions where user_id = :id)", id=account.id)
        run("delete from sessions where user_id = :id", id=account.id)
    elif used == "proven":
        app.verify(account.email, app.proof_code(account.email))
    elif used == "reset":
        app.forget(account.email)
        app.reset(account.email, app.reset_code(account.email), PASSWORD + "x")
    elif used == "made by staff":
        # Staff make accounts without the mark of a registration.
        run("update users set is_unclaimed = false where id = :id", id=account.id)
    elif used == "an order":
        run(
            """
            insert into orders (order_number, user_id, created_by_user_id, order_type, currency, subtotal, discount_amount,
                                tax_rate, tax_amount, total_amount)
            values ('ORD-' || gen_random_uuid(), :id, :id, 'SERVICE', 'EGP', 0, 0, 0, 0, 0)
            """,
            id=account.id,
        )
    elif used == "a balance":
        from tests.support.balances import give  # noqa: PLC0415 - opens the database of the fixture

        give(account.id, wallet="5")
    elif used == "staff":
        run("update users set role = 'EMPLOYEE' where id = :id", id=account.id)
    elif used == "closed":
        run("update users set status = 'SUSPENDED', is_active = false where id = :id", id=account.id)
    age(app, account)
    before = run("select first_name, email, password_hash from users where id = :id", id=account.id)
    assert register(app, account.email) == 409
    assert run("select first_name, email, password_hash from users where id = :id", id=account.id) == before


def test_whoever_squats_an_address_loses_it_to_its_owner_by_mail(app: RecoveringApp, account: Account) -> None:
    squatter = app.auth.signed_in(account)
    age(app, account)
    assert register(app, account.email) == 409
    app.forget(account.email)
    assert app.reset(account.email, app.reset_code(account.email)).status == 200
    assert app.auth.refresh(squatter["refresh_token"]).status == 401
    assert not app.can_log_in(account, PASSWORD)
    assert app.can_log_in(account, NEW_PASSWORD)


def test_the_proof_of_a_registration_is_void_once_somebody_registers_over_it(app: RecoveringApp, account: Account) -> None:
    first = app.proof_code(account.email)
    age(app, account)
    assert register(app, account.email) == 201
    second = app.proof_code(account.email)
    assert first == second or app.verify(account.email, first).status == 400
    assert app.verify(account.email, second).status == 200


def test_registering_over_an_account_can_t_take_a_username_of_another(app: RecoveringApp, account: Account) -> None:
    other = app.auth.make_account()
    age(app, account)
    body = {"email": account.email, "password": OWN_PASSWORD, "first_name": "L", "last_name": "H"}
    refused = app.auth.post("register", {**body, "username": other.username})
    assert (refused.status, refused.json["code"]) == (409, "already_taken")


def test_a_name_of_a_stranger_s_choice_stands_in_no_mail_to_an_address_that_is_not_proven(app: RecoveringApp) -> None:
    email = f"victim-{VALID_MINUTES}-{id(app)}@example.com"
    body = {"email": email, "password": OWN_PASSWORD, "first_name": "WIN-MONEY", "last_name": "AT-EVIL"}
    assert app.auth.post("register", body).status == 201
    app.forget(email)
    mails.send_mails()
    assert app.mailbox.to(email)
    assert not [one for one in app.mailbox.to(email) if "WIN-MONEY" in str(one) or "AT-EVIL" in str(one)]


def test_what_staff_changed_is_never_registered_over(app: RecoveringApp, account: Account, desk: Desk) -> None:
    changed = desk.admin.client.put(f"/api/admin/users/{account.id}", {"first_name": "Nadia"})
    assert changed.status == 200, changed.text
    age(app, account)
    assert register(app, account.email) == 409
    assert app.can_log_in(account)
