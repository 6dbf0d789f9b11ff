"""Pictures that no account shows are removed, file and row; whatever fails, none is lost that somebody shows."""

from collections.abc import Iterator

import pytest

from functions.jobs import pictures
from lib.errors import Unavailable
from lib.pictures.storage import storage
from tests.support.clients import Client, System
from tests.support.money import Desk, open_desk
from tests.support.photos import a_jpeg, data_uri, stored, upload


@pytest.fixture
def desk(system: System) -> Iterator[Desk]:
    """A desk, with nothing due that other tests have left."""
    pictures.remove_pictures()
    storage.cache_clear()
    yield open_desk(system)
    storage.cache_clear()


def make_due(desk: Desk) -> str:
    """The name of an upload that nobody has used for a day."""
    name = str(upload(desk.customer.client, a_jpeg()).json["url"])[-40:]
    desk.run("update pictures set remove_at = now() where name = :name", name=name)
    return name


def is_known(desk: Desk, name: str) -> bool:
    return bool(desk.run("select 1 from pictures where name = :name", name=name))


def test_what_is_shown_and_what_was_just_sent_stays(desk: Desk) -> None:
    sent = upload(desk.customer.client, a_jpeg()).json["url"][-40:]
    shown = desk.customer.client.put("/api/auth/me", {"avatar": data_uri(a_jpeg())}).json["user"]["avatar"][-40:]
    desk.job("remove-pictures")
    assert {sent, shown} <= stored()
    assert is_known(desk, sent)
    assert is_known(desk, shown)


def test_what_nobody_shows_goes_with_its_row(desk: Desk) -> None:
    names = {make_due(desk), make_due(desk)}
    answer = desk.job("remove-pictures")
    assert (answer["left"], answer["outcomes"]) == (0, {"removed": 2})
    assert not names & stored()
    for name in names:
        assert not is_known(desk, name)
        assert Client(desk.system.base_url).get(f"/api/pictures/{name}").status == 404


def test_a_store_that_is_silent_leaves_them_for_the_next_run(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    name = make_due(desk)

    class Silent:
        def remove(self, _name: str) -> None:
            raise Unavailable("silent")

    with monkeypatch.context() as patch:
        patch.setattr(pictures, "storage", Silent)
        assert pictures.remove_pictures() == {"done": 1, "left": 1, "outcomes": {"deferred": 1}}
    assert is_known(desk, name)
    # Meanwhile nobody may show it: its file may be gone already.
    address = f"{desk.system.base_url}/api/pictures/{name}"
    assert desk.customer.client.put("/api/auth/me", {"avatar": address}).status == 422
    assert desk.job("remove-pictures")["outcomes"] == {"removed": 1}


def test_a_run_that_died_after_the_file_is_made_good(desk: Desk) -> None:
    name = make_due(desk)
    storage().remove(name)
    desk.run("update pictures set is_going = true where name = :name", name=name)
    assert desk.job("remove-pictures")["outcomes"] == {"removed": 1}
    assert not is_known(desk, name)


def test_a_row_of_a_picture_that_was_never_stored_goes_too(desk: Desk) -> None:
    assert upload(desk.customer.client, b"no picture").status == 422
    desk.run("update pictures set remove_at = now() where uploaded_by = :id", id=desk.customer.id)
    assert desk.job("remove-pictures")["outcomes"] == {"removed": 1}
