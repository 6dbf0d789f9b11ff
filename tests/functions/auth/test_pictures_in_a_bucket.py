"""A person's picture where the store is Cloud Storage: kept while it answers, and as it was while it does not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lib.config import config
from lib.pictures import bucket
from lib.pictures.storage import storage
from tests.functions.auth.accounts import Account, AuthApp
from tests.support.cloud.account import service_account
from tests.support.cloud.storage import BUCKET, CloudStorage, cloud_storage
from tests.support.photos import SECRET, a_jpeg, data_uri


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[CloudStorage]:
    """The bucket of the auth function in this process."""
    with cloud_storage() as running, service_account(tmp_path) as key_file:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(key_file))
        monkeypatch.setattr(bucket, "_API", running.address)
        monkeypatch.delenv("PICTURES_DIR")
        monkeypatch.setenv("PICTURES_BUCKET", BUCKET)
        for cached in (bucket._credentials, config, storage):
            cached.cache_clear()
        yield running
        monkeypatch.undo()
        for cached in (bucket._credentials, config, storage):
            cached.cache_clear()


@pytest.mark.parametrize("failure", [403, 500, 503])
def test_a_store_that_fails_changes_nothing_and_the_picture_of_before_stays(
    app: AuthApp, account: Account, cloud: CloudStorage, failure: int
) -> None:
    token = app.signed_in(account)["access_token"]
    sent = {"avatar": data_uri(a_jpeg()), "last_name": "Kept"}
    before = app.call("PUT", "/api/auth/me", sent, token=token).json["user"]
    [(name, content)] = cloud.files.items()
    assert before["avatar"].endswith(name)
    assert SECRET not in content

    cloud.failure = failure
    refused = app.call("PUT", "/api/auth/me", {**sent, "last_name": "Changed"}, token=token)
    assert (refused.status, refused.json["code"]) == (503, "unavailable")
    assert app.me(token).json == before

    cloud.failure = None
    assert app.call("PUT", "/api/auth/me", sent, token=token).json["user"]["avatar"] != before["avatar"]
    assert len(cloud.files) == 2
