"""Staff and a customer whom they look after, and people who lost their password."""

from collections.abc import Iterator

import pytest

from tests.functions.auth.accounts import Account, AuthApp
from tests.functions.people.accounts import RecoveringApp
from tests.support.asgi import AsgiClient
from tests.support.clients import System
from tests.support.functions import client_of
from tests.support.money import Desk, open_desk
from tests.support.smtp import Mailbox, smtp_server


@pytest.fixture
def desk(system: System) -> Desk:
    return open_desk(system)


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    with smtp_server() as mailbox:
        yield mailbox


@pytest.fixture(scope="session")
def recovering_clients(database: str) -> tuple[AsgiClient, AsgiClient, str]:
    return client_of("people"), client_of("auth"), database


@pytest.fixture
def app(recovering_clients: tuple[AsgiClient, AsgiClient, str], mailbox: Mailbox) -> RecoveringApp:
    """An app with an address that no other test uses."""
    people, auth, database_url = recovering_clients
    own = AuthApp(auth, database_url)
    # What other tests have queued would be sent first, which takes longer than a run.
    own.rows("delete from mails where status = 'PENDING'")
    return RecoveringApp(people, own, mailbox)


@pytest.fixture
def account(app: RecoveringApp) -> Account:
    return app.auth.make_account()
