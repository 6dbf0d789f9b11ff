"""Cloud Storage's JSON API, as far as pictures need it. Imported only in the cloud, with the first picture.

Its own client takes half a second to import, and has retries and resumable uploads that a file of 50 KiB does not need.
"""

import functools
from typing import TYPE_CHECKING

import google.auth
import requests
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession

from lib import logs
from lib.errors import Unavailable

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

log = logs.get(__name__)

_API = "https://storage.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/devstorage.read_write"
# For each wait; the app gives up after 10 s.
_SECONDS = 4.0
_THERE, _GONE, _MISSING, _EXISTS = 200, 204, 404, 412


class Bucket:
    """The files of one bucket."""

    def __init__(self, name: str) -> None:
        self._name = name

    def write(self, name: str, content: bytes) -> None:
        """Store a file under a name that no other has."""
        query = f"uploadType=media&name={name}&ifGenerationMatch=0"
        address = f"{_API}/upload/storage/v1/b/{self._name}/o?{query}"
        # It is there already where an answer was lost and the call was made again below us.
        self._call("POST", address, (_THERE, _EXISTS), content)

    def read(self, name: str) -> bytes | None:
        """A file, or None."""
        answer = self._call("GET", f"{self._file(name)}?alt=media", (_THERE, _MISSING))
        return answer.content if answer.status_code == _THERE else None

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        self._call("DELETE", self._file(name), (_GONE, _MISSING))

    def _file(self, name: str) -> str:
        return f"{_API}/storage/v1/b/{self._name}/o/{name}"

    def _call(self, method: str, address: str, good: tuple[int, ...], content: bytes | None = None) -> requests.Response:
        """The answer to one call, on a connection of its own: sessions are not for several threads."""
        headers = {} if content is None else {"Content-Type": "image/jpeg"}
        try:
            with AuthorizedSession(_credentials()) as session:  # type: ignore[no-untyped-call] # the library's is not typed
                answer: requests.Response = session.request(  # type: ignore[no-untyped-call] # the same
                    method, address, content, headers, timeout=_SECONDS, max_allowed_time=2 * _SECONDS, allow_redirects=False
                )
        except (requests.RequestException, GoogleAuthError) as error:
            log.error("the store of pictures does not answer", cause=repr(error))  # noqa: TRY400 - its stack says no more
            raise _unavailable() from error
        if answer.status_code not in good:
            log.error("the store of pictures refuses", method=method, status=answer.status_code, cause=answer.text[:500])
            raise _unavailable()
        return answer


def _unavailable() -> Unavailable:
    return Unavailable("Pictures can't be stored or shown right now; nothing was changed, try again")


@functools.cache
def _credentials() -> "Credentials":
    """This function's account. Its token is renewed where it has expired."""
    credentials, _ = google.auth.default(scopes=[_SCOPE])
    return credentials
