"""The operator's command line: python -m admin COMMAND. It needs a function's environment variables."""

import argparse
import getpass
import sys

from lib import db, ledger
from lib.config import ConfigurationError, config
from lib.errors import Problem
from lib.ledger.verifying import verify_batch
from lib.security import keys, passwords, second_factors
from lib.security.administrators import create_administrator, end_second_factor_of, make_first_administrator
from lib.security.emails import normalised_email


def migrate(_arguments: argparse.Namespace) -> str:
    """Bring the database to the newest schema; safe to run twice and at the same time."""
    from migrations.runner import migrate as run  # noqa: PLC0415 - Alembic is slow to import, and only this command needs it

    run(print)
    return "The schema is the newest."


def prepare(_arguments: argparse.Namespace) -> str:
    """Prepare a deployment before its code takes traffic: schema, privileges, signing key, administrator."""
    from migrations.privileges import alone, grant  # noqa: PLC0415 - as above
    from migrations.runner import migrate as run  # noqa: PLC0415

    settings = config()
    with alone():
        run(print)
        _refuse_another_currency(settings.loyalty.currency)
        grant(settings.application_users)
        if keys.make_first():
            print("The first key for access tokens is made.")
        if settings.first_admin_email and make_first_administrator(normalised_email(settings.first_admin_email)):
            print("The first administrator is made; the password is in the secret altayarvip-first-admin-password.")
    return "The deployment is prepared."


def _refuse_another_currency(currency: str) -> None:
    if kept := ledger.other_currency_of_balances(currency):
        raise SystemExit(
            f"LOYALTY_CURRENCY is {currency}, but customers have balances in {kept}, and nothing converts them. "
            f"Set LOYALTY_CURRENCY to {kept} (loyalty.loyalty_currency in Terraform)."
        )
    if db.read.exists("select 1 from exchange_rates where currency = :currency", currency=currency):
        raise SystemExit(
            f"LOYALTY_CURRENCY is {currency}, but staff have set a rate for {currency}, so their rates are in another "
            "currency. Set LOYALTY_CURRENCY to that one, or delete the rates in the app first."
        )


def create_admin(arguments: argparse.Namespace) -> str:
    """Make an administrator; asks for the password, or reads it from standard input."""
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        email = normalised_email(arguments.email)
    except ValueError as wrong:
        raise SystemExit(f"{arguments.email} is no e-mail address: {wrong}") from None
    if weakness := passwords.weakness(password, email):
        raise SystemExit(f"The password {weakness}.")
    if not create_administrator(email, password):
        raise SystemExit(f"{email} has an account already; nothing was changed.")
    return f"{email} is an administrator now."


def end_second_factor(arguments: argparse.Namespace) -> str:
    """Take the second factor of an account off, and end its sessions; for whoever has lost app and recovery codes."""
    if not end_second_factor_of(arguments.email):
        raise SystemExit(f"{arguments.email} has no account with a second factor; nothing was changed.")
    return f"{arguments.email} logs in with the password alone now."


def rotate_jwt_key(_arguments: argparse.Namespace) -> str:
    """Make a new key to sign access tokens; tokens of the key before it stay valid until the next rotation."""
    second_factors.seal_anew()
    return f"New access tokens are signed with key {keys.rotate()} within five minutes; the key before it still verifies."


def verify_ledger(_arguments: argparse.Namespace) -> str:
    """Verify the ledger against itself, orders, payments, lots and holds; print each row that disagrees."""
    customers, disagreements, after = 0, 0, None
    while (batch := verify_batch(after)).last_user_id is not None:
        customers += batch.customers
        disagreements += len(batch.disagreements)
        after = batch.last_user_id
        for one in batch.disagreements:
            print(one)
    if disagreements:
        raise SystemExit(f"{customers} customers: {disagreements} rows disagree.")
    return f"{customers} customers: all agrees."


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="admin", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, command in (
        ("migrate", migrate),
        ("prepare", prepare),
        ("create-admin", create_admin),
        ("end-second-factor", end_second_factor),
        ("rotate-jwt-key", rotate_jwt_key),
        ("verify-ledger", verify_ledger),
    ):
        sub = commands.add_parser(name, help=command.__doc__)
        sub.set_defaults(command=command)
        if command in (create_admin, end_second_factor):
            sub.add_argument("email")
    arguments = parser.parse_args()
    try:
        print(arguments.command(arguments))
    except (ConfigurationError, Problem) as wrong:
        raise SystemExit(str(wrong)) from None


if __name__ == "__main__":
    main()
