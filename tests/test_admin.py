import os
import secrets as randomness
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.security import passwords, sealing
from tests.support.database import run, scratch_database

ROOT = Path(__file__).parent.parent
PASSWORD = "Captain123456"


@pytest.fixture(scope="module")
def scratch_url(postgres_url: str) -> Iterator[str]:
    """A database for these tests, at first without a schema."""
    with scratch_database(postgres_url) as url:
        yield url


def _start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.Popen(  # noqa: S603 - our own program with arguments of this file
        [sys.executable, "-W", "error", "-m", "admin", *arguments], cwd=ROOT, env={**kept, **environment}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def _admin(*arguments: str, given: str = "", **environment: str) -> tuple[int, str, str]:
    """The exit code, standard output and standard error of one command."""
    with _start(*arguments, **environment) as process:
        said, complained = process.communicate(given, timeout=60)
    assert "Traceback" not in complained, complained
    return process.returncode, said, complained


@pytest.fixture(scope="module")
def migrated_url(scratch_url: str) -> str:
    """The database after several migrations that began at the same time."""
    processes = [_start("migrate", DATABASE_URL=scratch_url) for _ in range(3)]
    for process in processes:
        with process:
            said, complained = process.communicate(timeout=120)
        assert (process.returncode, complained) == (0, "")
        assert said.endswith("The schema is the newest.\n")
    return scratch_url


def _schema(url: str) -> list[list[object]]:
    return run(
        url,
        """
        select table_name::text, column_name::text, data_type::text from information_schema.columns
        where table_schema = 'public' order by 1, 2
        """,
    )


def test_migrations_at_once_make_one_schema(migrated_url: str) -> None:
    newest = max(path.name for path in (ROOT / "migrations" / "versions").glob("*.sql"))
    [[revision]] = run(migrated_url, "select version_num from alembic_version")
    assert newest.startswith(revision)


def test_migrating_again_changes_nothing_and_says_so(migrated_url: str) -> None:
    before = _schema(migrated_url)
    assert _admin("migrate", DATABASE_URL=migrated_url) == (0, "The schema is the newest.\n", "")
    assert _schema(migrated_url) == before


def test_migrating_without_a_database_says_what_to_set() -> None:
    code, said, complained = _admin("migrate")
    assert (code, said) == (1, "")
    assert "DATABASE_URL" in complained


def _users(url: str, email: str) -> list[list[object]]:
    return run(
        url, "select email, role, is_active, email_verified, password_hash from users where email ilike :email", email=email
    )


def _some_email() -> str:
    return f"operator-{randomness.token_hex(6)}@example.com"


def test_create_admin_makes_an_administrator_who_can_log_in(migrated_url: str) -> None:
    email = _some_email()
    code, said, complained = _admin("create-admin", email, given=f"{PASSWORD}\n", DATABASE_URL=migrated_url)
    assert (code, said, complained) == (0, f"{email} is an administrator now.\n", "")
    [[stored, role, is_active, email_verified, password_hash]] = _users(migrated_url, email)
    assert (stored, role, is_active, email_verified) == (email, "SUPER_ADMIN", True, True)
    assert passwords.verify(PASSWORD, str(password_hash))


def test_create_admin_leaves_an_existing_account_as_it_is(migrated_url: str) -> None:
    email = _some_email()
    _admin("create-admin", email, given=f"{PASSWORD}\n", DATABASE_URL=migrated_url)
    before = _users(migrated_url, email)
    code, said, complained = _admin("create-admin", email.upper(), given="Another123456\n", DATABASE_URL=migrated_url)
    assert (code, said) == (1, "")
    assert "has an account already" in complained
    assert _users(migrated_url, email) == before


@pytest.mark.parametrize("password", ["", "Short1a", "nouppercase1", "Password1", "AltayarVIP2026"])
def test_create_admin_refuses_a_weak_password_and_does_not_repeat_it(migrated_url: str, password: str) -> None:
    email = _some_email()
    code, said, complained = _admin("create-admin", email, given=f"{password}\n", DATABASE_URL=migrated_url)
    assert (code, said) == (1, "")
    assert complained.startswith("The password ")
    assert not password or password not in complained
    assert _users(migrated_url, email) == []


def test_rotating_makes_a_new_key_and_keeps_the_old_one(migrated_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "altayarvip-jwt-secret"
    for number in (1, 2):
        code, said, complained = _admin("rotate-jwt-key", SECRETS_DIR=str(tmp_path), DATABASE_URL=migrated_url)
        assert (code, complained) == (0, "")
        assert (folder / str(number)).read_text() not in said
    first, second = ((folder / name).read_text() for name in ("1", "2"))
    assert len(first) == len(second) == 64
    assert first != second


def test_a_key_that_stands_in_a_variable_is_left_to_the_operator(migrated_url: str, tmp_path: Path) -> None:
    code, _, complained = _admin(
        "rotate-jwt-key", SECRETS_DIR=str(tmp_path), DATABASE_URL=migrated_url, JWT_SECRET_KEY="a" * 64
    )
    assert code == 1
    assert "JWT_SECRET_KEY" in complained
    assert list(tmp_path.iterdir()) == []


def test_a_second_factor_is_sealed_with_the_newest_key_before_another_is_made(migrated_url: str, tmp_path: Path) -> None:
    given = {"SECRETS_DIR": str(tmp_path), "DATABASE_URL": migrated_url}
    email, folder = _some_email(), tmp_path / "altayarvip-jwt-secret"
    _admin("create-admin", email, given=f"{PASSWORD}\n", **given)
    _admin("rotate-jwt-key", **given)
    [[user_id]] = run(migrated_url, "select id from users where email = :email", email=email)
    sealed = b"\0" * 12 + sealing._cipher((folder / "1").read_text()).encrypt(b"\0" * 12, b"SECRET", user_id.bytes)
    run(
        migrated_url,
        "insert into second_factors (user_id, secret, confirmed_at) values (:id, :s, now())",
        id=user_id,
        s=sealed,
    )
    for _ in range(3):
        assert _admin("rotate-jwt-key", **given)[0] == 0
    [[kept]] = run(migrated_url, "select secret from second_factors where user_id = :id", id=user_id)
    assert sealing._opened((folder / "3").read_text(), kept, user_id) == "SECRET"


def test_the_operator_takes_a_second_factor_off(migrated_url: str) -> None:
    email = _some_email()
    _admin("create-admin", email, given=f"{PASSWORD}\n", DATABASE_URL=migrated_url)
    code, said, complained = _admin("end-second-factor", email, DATABASE_URL=migrated_url)
    assert (code, said) == (1, "")
    assert "no account with a second factor" in complained
    run(
        migrated_url,
        "insert into second_factors (user_id, secret, confirmed_at) select id, '', now() from users where email = :email",
        email=email,
    )
    code, said, complained = _admin("end-second-factor", email, DATABASE_URL=migrated_url)
    assert (code, complained) == (0, "")
    assert "with the password alone" in said


def test_a_wrong_environment_is_told_without_its_values(tmp_path: Path) -> None:
    code, _, complained = _admin("rotate-jwt-key", SECRETS_DIR=str(tmp_path), DB_POOL_SIZE="many")
    assert code == 1
    assert "DB_POOL_SIZE" in complained
    assert "many" not in complained


def test_create_admin_refuses_what_is_no_address(migrated_url: str) -> None:
    code, _said, complained = _admin("create-admin", "boss", given=f"{PASSWORD}\n", DATABASE_URL=migrated_url)
    assert code == 1
    assert "boss is no e-mail address" in complained
    assert run(migrated_url, "select 1 from users where email = 'boss'") == []


@pytest.mark.parametrize("arguments", [(), ("unknown",), ("create-admin",)])
def test_a_command_that_is_not_there_is_explained(arguments: tuple[str, ...]) -> None:
    code, _, complained = _admin(*arguments)
    assert code == 2
    assert "usage: admin" in complained


def test_a_deployment_that_would_change_the_currency_of_balances_is_refused(migrated_url: str) -> None:
    give_somebody_a_balance = """
        with customer as (insert into users (email, password_hash, first_name, last_name)
                          values ('saver@example.com', '!', 'Mona', 'A') returning id)
        insert into ledger_accounts (user_id, kind, currency) select id, 'WALLET', 'EGP' from customer
        """
    run(migrated_url, give_somebody_a_balance)
    run(
        migrated_url, "set session_replication_role = replica; update ledger_accounts set balance = 5 where currency = 'EGP'"
    )
    code, _, complained = _admin("prepare", DATABASE_URL=migrated_url, JWT_SECRET_KEY=randomness.token_hex(32))
    assert code != 0
    assert "LOYALTY_CURRENCY is USD, but customers have balances in EGP" in complained
    environment = {"DATABASE_URL": migrated_url, "JWT_SECRET_KEY": randomness.token_hex(32), "LOYALTY_CURRENCY": "EGP"}
    assert _admin("prepare", **environment)[0] == 0


def test_a_deployment_that_would_change_the_currency_of_rates_is_refused(migrated_url: str) -> None:
    """A rate says what a currency is worth in that of balances, so none is kept for that one itself."""
    staff = "insert into users (email, password_hash, first_name, last_name) values ('rates@example.com', '!', 'A', 'B')"
    rate = "insert into exchange_rates (currency, rate, updated_by_user_id) select 'EGP', 50, id from users limit 1"
    run(migrated_url, staff)
    run(migrated_url, rate)
    environment = {"DATABASE_URL": migrated_url, "JWT_SECRET_KEY": randomness.token_hex(32), "LOYALTY_CURRENCY": "EGP"}
    code, _, complained = _admin("prepare", **environment)
    assert code != 0
    assert "staff have set a rate for EGP" in complained
    run(migrated_url, "delete from exchange_rates where currency = 'EGP'")
    assert _admin("prepare", **environment)[0] == 0
