"""Odd answers, which tests and people make the gateway give to single calls, while it answers all others as ever."""

import json
from threading import Lock

from flask import Response, request


class Oddities:
    """The odd answers by path of the API, such as `getInvoiceData/7`, shared by all threads. A new sandbox has none."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[int, object]] = {}
        self._lock = Lock()

    def give(self, path: str, status: int, body: object) -> None:
        """Answer so from now on. A body that is an object with `data` changes those fields of the usual answer's data."""
        with self._lock:
            self._answers[path] = (status, body)

    def stop(self, path: str) -> None:
        """Answer this path as ever again."""
        with self._lock:
            self._answers.pop(path, None)

    def replace(self, response: Response) -> Response:
        """Give the odd answer to the present request, or the usual one where none is set."""
        with self._lock:
            odd = self._answers.get(request.path.partition("/api/v2/")[2])
        if odd is None:
            return response
        status, body = odd
        if isinstance(body, str):
            return Response(body, status)
        return Response(json.dumps(_merged(response, body)), status, mimetype="application/json")


def _merged(response: Response, body: object) -> object:
    usual = response.get_json(silent=True)
    if not isinstance(body, dict) or not isinstance(body.get("data"), dict) or not isinstance(usual, dict):
        return body
    data = usual.get("data")
    return usual | {"data": (data if isinstance(data, dict) else {}) | body["data"]}
