"""The auth function on the tests' database."""

import pytest

from tests.functions.auth.accounts import Account, AuthApp
from tests.support.asgi import AsgiClient
from tests.support.functions import client_of


@pytest.fixture(scope="session")
def auth_client(database: str) -> tuple[AsgiClient, str]:
    return client_of("auth"), database


@pytest.fixture
def app(auth_client: tuple[AsgiClient, str]) -> AuthApp:
    """An app with an address that no other test uses."""
    return AuthApp(*auth_client)


@pytest.fixture
def account(app: AuthApp) -> Account:
    return app.make_account()
