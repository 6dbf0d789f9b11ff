"""`make openapi`: writes the OpenAPI document of the public functions into the file that the default function serves."""

import importlib
import json
from typing import Any

from lib.web.openapi import describe
from lib.web.service import OPENAPI_FILE
from local.routes import read_routes

SERVER = "https://api.altayarvip.com"


def description() -> dict[str, Any]:
    """The OpenAPI document of the public functions, made from their present code. It is public, and private jobs are not."""
    table = read_routes()
    routes = {}
    for name in table.public_functions:
        api = importlib.import_module(f"functions.{name}.main").api
        # Every function answers /health; the document has it once.
        routes.update({(route.method, route.path): route for route in api.routes})
    return describe(list(routes.values()), title="AltayarVIP API", version="1.0.0", server=SERVER)


def as_text(document: dict[str, Any]) -> str:
    """The document in the form of the committed file."""
    return json.dumps(document, indent=1, ensure_ascii=False, sort_keys=False) + "\n"


if __name__ == "__main__":
    OPENAPI_FILE.write_text(as_text(description()), encoding="utf-8")
