"""A stand-in for Cloud Storage: the JSON API of one bucket, files in memory."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.support.cloud.http import Answer, serving

BUCKET = "altayarvip-check-pictures"
_UPLOAD, _FILES = f"/upload/storage/v1/b/{BUCKET}/o", f"/storage/v1/b/{BUCKET}/o/"


@dataclass
class CloudStorage:
    """Files by name. `failure`: the status of every call, `refused`: methods that IAM lets nobody use."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    failure: int | None = None
    refused: frozenset[str] = frozenset()
    calls: list[str] = field(default_factory=list)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """One call, as the API's reference has it."""
        self.calls.append(method)
        if not headers.get("authorization", "").startswith("Bearer token-"):
            return 401, {"error": {"code": 401, "message": "Invalid Credentials"}}
        if self.failure:
            return self.failure, {"error": {"code": self.failure, "message": "as the test wants it"}}
        if method in self.refused:
            return 403, {"error": {"code": 403, "message": "does not have storage.objects access"}}
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if method == "POST" and parts.path == _UPLOAD and query["uploadType"] == "media":
            return self._insert(query, headers, body)
        return self._existing(method, parts.path, query)

    def _existing(self, method: str, path: str, query: dict[str, str]) -> Answer:
        name = path.removeprefix(_FILES)
        if name not in self.files:
            return 404, {"error": {"code": 404, "message": f"No such object: {BUCKET}/{name}"}}
        if method == "DELETE":
            del self.files[name]
            return 204, b""
        return 200, self.files[name] if query.get("alt") == "media" else {"name": name}

    def _insert(self, query: dict[str, str], headers: dict[str, str], body: bytes) -> Answer:
        if query["name"] in self.files and query.get("ifGenerationMatch") == "0":
            return 412, {"error": {"code": 412, "message": "At least one of the pre-conditions you specified did not hold."}}
        self.files[query["name"]], self.types[query["name"]] = body, headers["content-type"]
        return 200, {"name": query["name"], "size": str(len(body))}


@contextlib.contextmanager
def cloud_storage() -> Iterator[CloudStorage]:
    """The stand-in."""
    stand_in = CloudStorage()
    with serving(stand_in.answer) as address:
        stand_in.address = address
        yield stand_in
