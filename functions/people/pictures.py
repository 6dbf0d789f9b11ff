"""Pictures of people: uploaded by their owners, shown to whoever has the address."""

from lib import turns
from lib.errors import Invalid, require_found
from lib.pictures.given import LARGEST_BODY, photo_of
from lib.pictures.keeping import NAME, keep_picture
from lib.pictures.storage import storage
from lib.web import Call, Response, file_in_form

_FILE = ("body", "file")
# A name never gets another picture.
_CACHED = "public, max-age=31536000, immutable"


def upload_avatar(call: Call) -> dict[str, object]:
    """Store a picture of the caller's own; its address. Raises what `keep_picture` raises."""
    content = file_in_form(call.body(LARGEST_BODY), call.request.headers.get("content-type", ""), "file")
    try:
        photo = photo_of(content)
    except ValueError as wrong:
        raise Invalid.field(_FILE, str(wrong)) from None
    user_id = call.caller.user_id
    return {"url": keep_picture(photo, user_id, _FILE, owner_id=user_id)}


def show(call: Call, name: str) -> Response:
    """The picture of this name. Raises NotFound, or Unavailable without the store."""
    turns.step_aside()
    content = require_found(storage().read(name) if NAME.fullmatch(name) else None, "picture")
    headers = {"Cache-Control": _CACHED, "ETag": f'"{name}"'}
    if call.request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status=304, headers=headers)
    return Response(content, "image/jpeg", headers=headers)
