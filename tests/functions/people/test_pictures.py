"""Pictures of people: uploaded, sent along, shown; by whom, of whom, and what becomes of those that nobody needs."""

import re
import uuid

import pytest

from lib.pictures.records import MOST_IN_AN_HOUR
from tests.functions.people.test_changing import change, details, make
from tests.support.clients import Client, Reply
from tests.support.money import Desk, at_once
from tests.support.people import make_person
from tests.support.photos import SECRET, a_jpeg, data_uri, file_of, form, seen, stored, upload

MEBIBYTE = 1024 * 1024
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


def show(client: Client, avatar: object) -> Reply:
    """Let the client's account show this."""
    return client.put("/api/auth/me", {"avatar": avatar})


def shown(client: Client) -> object:
    return client.get("/api/auth/me").json["avatar"]


def assert_refused(reply: Reply, *loc: str) -> None:
    assert reply.status == 422, reply.text
    assert [error["loc"] for error in reply.json["errors"]] == [[*loc]]


@pytest.mark.parametrize("content", [SVG, b"<script>alert(1)</script>", b"GIF89a", b"", a_jpeg()[:900]])
def test_what_is_no_picture_is_refused_by_name_and_never_stored(desk: Desk, content: bytes) -> None:
    before = stored()
    assert_refused(upload(desk.customer.client, content), "body", "file")
    assert_refused(show(desk.customer.client, data_uri(content, "image/png")), "body", "avatar")
    assert_refused(change(desk, desk.customer.id, avatar=data_uri(content)), "body", "avatar")
    assert_refused(make(desk, avatar=data_uri(content)), "body", "avatar")
    assert (stored(), shown(desk.customer.client)) == (before, None)


@pytest.mark.parametrize("content", [SVG, b"", b"x" * 5 * MEBIBYTE + b"y"])
def test_what_is_no_picture_is_told_in_arabic_to_who_reads_that(desk: Desk, content: bytes) -> None:
    sent = {"avatar": data_uri(content)}
    told = str(desk.customer.client.put("/api/auth/me", sent, headers={"Accept-Language": "ar"}).json["detail"])
    assert not re.search("[A-Za-z]", re.sub("JPEG|PNG|WebP|HEIC", "", told)), told


@pytest.mark.parametrize("name", ["avatar", "", "files"])
def test_a_form_without_the_file_is_told_what_it_lacks(desk: Desk, name: str) -> None:
    reply = desk.customer.client.post("/api/auth/upload-avatar", **form(a_jpeg(), name=name or "x"))
    assert_refused(reply, "body", "file")
    assert reply.json["detail"] == "File is needed"


def test_what_is_no_form_is_not_read(desk: Desk) -> None:
    path = "/api/auth/upload-avatar"
    assert desk.customer.client.post(path, {"file": "x"}).status == 415
    for content_type, status in {
        "image/jpeg": 415,
        "multipart/form-data": 400,
        "multipart/form-data; boundary=b": 400,
    }.items():
        reply = desk.customer.client.post(path, data=a_jpeg(), headers={"Content-Type": content_type})
        assert reply.status == status, reply.text


def test_nobody_uploads_without_a_token(desk: Desk) -> None:
    assert upload(Client(desk.system.base_url), a_jpeg()).status == 401
    assert upload(Client(desk.system.base_url, "eyJ.forged.token"), a_jpeg() + bytes(2 * MEBIBYTE)).status == 401


def test_a_file_of_up_to_five_mebibytes_is_taken(desk: Desk) -> None:
    padded = a_jpeg() + bytes(5 * MEBIBYTE - len(a_jpeg()))
    assert upload(desk.customer.client, padded).status == 200
    assert show(desk.customer.client, data_uri(padded)).status == 200
    assert_refused(upload(desk.customer.client, padded + b"x"), "body", "file")
    assert_refused(show(desk.customer.client, data_uri(padded + b"x")), "body", "avatar")
    assert upload(desk.customer.client, bytes(8 * MEBIBYTE)).status == 413
    assert show(desk.customer.client, "x" * 8 * MEBIBYTE).status == 413
    # Elsewhere a body has the limit that it had.
    assert desk.customer.client.post("/api/bookings", {"notes": "x" * MEBIBYTE}).status == 413


@pytest.mark.parametrize("kind", ["image/jpg", "application/octet-stream", "text/html", "image/png"])
def test_an_upload_is_shown_once_its_owner_says_so(desk: Desk, kind: str) -> None:
    client = desk.employee.client
    reply = client.post("/api/auth/upload-avatar", **form(a_jpeg(), kind=kind))
    assert reply.status == 200, reply.text
    url = reply.json["url"]
    assert re.fullmatch(rf"{desk.system.base_url}/api/pictures/[0-9a-f]{{40}}", url)
    assert shown(client) is None
    assert show(client, url).json["user"]["avatar"] == url
    # The screen sends what it was given, and nothing changes by it.
    assert show(client, url).json["user"]["avatar"] == url
    assert seen(client, url).size == (384, 512)


def test_every_list_has_the_whole_address(desk: Desk) -> None:
    url = change(desk, desk.customer.id, avatar=data_uri(a_jpeg())).json["user"]["avatar"]
    email = details(desk, desk.customer.id)["email"]
    (row,) = desk.admin.client.get(f"/api/admin/users?search={email}").json["users"]
    assert url.startswith(desk.system.base_url)
    assert row["avatar"] == details(desk, desk.customer.id)["avatar"] == shown(desk.customer.client) == url
    desk.admin.client.post(f"/api/admin/points/add?user_id={desk.customer.id}&points=5&reason=gift")
    rows = desk.admin.client.get("/api/admin/points/history/all").json
    assert {row["user_avatar"] for row in rows if row["user_id"] == desk.customer.id} == {url}


def test_an_account_is_made_with_its_picture(desk: Desk) -> None:
    made = make(desk, avatar=data_uri(file_of("PNG")))
    assert made.status == 201, made.text
    address = details(desk, made.json["user_id"])["avatar"]
    assert seen(desk.admin.client, address)
    [[owner, due]] = desk.run("select user_id::text, remove_at from pictures where name = :name", name=address[-40:])
    assert (owner, due) == (made.json["user_id"], None)


def test_nobody_shows_a_picture_that_another_has_uploaded(desk: Desk) -> None:
    url = upload(desk.employee.client, a_jpeg()).json["url"]
    assert_refused(show(desk.customer.client, url), "body", "avatar")
    assert_refused(change(desk, desk.customer.id, avatar=url), "body", "avatar")
    assert_refused(make(desk, avatar=url), "body", "avatar")
    assert shown(desk.customer.client) is None
    # Staff may give it to the one who has uploaded it.
    assert change(desk, desk.employee.id, avatar=url).status == 200
    assert_refused(show(desk.admin.client, url), "body", "avatar")


@pytest.mark.parametrize("end", ["", "?x=1", "/", "0", ".jpg"])
def test_an_address_that_is_nearly_ours_is_not_ours(desk: Desk, end: str) -> None:
    url = upload(desk.customer.client, a_jpeg()).json["url"]
    for wrong in (f"{url[:-2]}{end}", f"{url}{end}" if end else url.upper(), url.replace("http://", "https://")):
        assert_refused(show(desk.customer.client, wrong), "body", "avatar")


def test_staff_who_may_not_change_an_account_have_nothing_stored(desk: Desk) -> None:
    before = stored()
    superior = make_person(desk.system, "SUPER_ADMIN")
    assert change(desk, superior.id, avatar=data_uri(a_jpeg())).status == 403
    assert change(desk, str(uuid.uuid4()), avatar=data_uri(a_jpeg())).status == 404
    assert stored() == before


def test_a_picture_is_shown_to_everybody_for_long_and_is_nothing_but_a_picture(desk: Desk) -> None:
    url = upload(desk.customer.client, a_jpeg()).json["url"]
    reply = Client(desk.system.base_url).get(url)
    assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["ETag"] == f'"{url[-40:]}"'
    assert SECRET not in reply.content
    again = Client(desk.system.base_url).get(url, headers={"If-None-Match": reply.headers["ETag"]})
    assert (again.status, again.content) == (304, b"")
    assert Client(desk.system.base_url).get(url, headers={"If-None-Match": '"other"'}).status == 200
    head = Client(desk.system.base_url).call("HEAD", url)
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(reply.content)))


@pytest.mark.parametrize("name", ["0" * 40, "x", "..%2f..%2fetc%2fpasswd", "%00", "0" * 39 + "G", "%ED%A0%80", "0" * 41])
def test_there_is_nothing_at_any_other_address(desk: Desk, name: str) -> None:
    reply = Client(desk.system.base_url).get(f"/api/pictures/{name}")
    assert (reply.status, reply.headers["Cache-Control"]) == (404, "no-store")


def test_of_two_that_are_sent_at_once_one_is_shown_and_the_other_goes(desk: Desk) -> None:
    replies = at_once(*[lambda: show(desk.customer.client, data_uri(a_jpeg()))] * 3)
    assert [reply.status for reply in replies] == [200] * 3
    last = shown(desk.customer.client)
    assert last in {reply.json["user"]["avatar"] for reply in replies}
    rows = desk.run(
        "select name, remove_at is null from pictures where user_id = :id order by remove_at is null", id=desk.customer.id
    )
    assert [is_kept for _, is_kept in rows] == [False, False, True]
    assert str(last).endswith(rows[-1][0])


@pytest.mark.parametrize("way", ["replaced", "cleared", "closed"])
def test_what_an_account_no_longer_shows_is_to_go(desk: Desk, way: str) -> None:
    user_id = make(desk, avatar=data_uri(a_jpeg())).json["user_id"]
    name = details(desk, user_id)["avatar"][-40:]
    desk.run("update pictures set created_at = now() - interval '2 hours' where name = :name", name=name)
    if way == "closed":
        assert desk.admin.client.delete(f"/api/admin/users/{user_id}").status == 200
    else:
        assert change(desk, user_id, avatar=None if way == "cleared" else data_uri(a_jpeg())).status == 200
    assert desk.run("select remove_at <= now() from pictures where name = :name", name=name) == [[True]]


def test_a_picture_that_is_about_to_go_is_shown_by_nobody(desk: Desk) -> None:
    url = upload(desk.customer.client, a_jpeg()).json["url"]
    desk.run("update pictures set is_going = true where name = :name", name=url[-40:])
    assert_refused(show(desk.customer.client, url), "body", "avatar")


def test_an_account_sends_so_many_within_an_hour_whatever_becomes_of_them(desk: Desk) -> None:
    desk.run(
        """
        insert into pictures (name, uploaded_by, created_at)
        select lpad(to_hex(number) || substr(md5(:id::text), 1, 20), 40, '0'), :id::uuid, now() - interval '50 minutes'
        from generate_series(1, :times::integer) number
        """,
        id=desk.customer.id,
        times=MOST_IN_AN_HOUR - 1,
    )
    assert upload(desk.customer.client, SVG).status == 422
    for reply in (upload(desk.customer.client, a_jpeg()), show(desk.customer.client, data_uri(a_jpeg()))):
        assert (reply.status, reply.json["code"]) == (429, "too_many_requests")
        assert 0 < int(reply.headers["Retry-After"]) <= 601
    assert upload(desk.employee.client, a_jpeg()).status == 200


def test_a_picture_stays_where_only_the_address_of_the_api_changes(desk: Desk) -> None:
    name = show(desk.customer.client, data_uri(a_jpeg())).json["user"]["avatar"][-40:]
    moved = f"https://api.example.com/api/pictures/{name}"
    desk.run("update users set avatar = :moved where id = :id", moved=moved, id=desk.customer.id)
    assert desk.run("select remove_at from pictures where name = :name", name=name) == [[None]]
