"""The auth function on the tests' database."""

import pytest
from flask.testing import FlaskClient

from tests.functions.auth.accounts import Account, AuthApp
from tests.support.functions import client_of


@pytest.fixture(scope="session")
def auth_client(database: str) -> tuple[FlaskClient, str]:
    return client_of("auth"), database


@pytest.fixture
def app(auth_client: tuple[FlaskClient, str]) -> AuthApp:
    """An app with an address that no other test uses."""
    return AuthApp(*auth_client)


@pytest.fixture
def account(app: AuthApp) -> Account:
    return app.make_account()
