"""The OpenAPI 3.1 document, made from the same declarations that route and check requests."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from lib.web.responses import JSON, PROBLEM
from lib.web.routes import Route

_REFERENCE = "#/components/schemas/{model}"
_PHRASES = {
    202: "Nothing has moved: it waits for another administrator",
    400: "The body can't be read",
    401: "No token, or one that does not hold",
    403: "The caller's role may not do this",
    404: "Not there, or not for this caller",
    409: "The state of things does not allow it",
    413: "The body is over the limit: 1 MiB, with a picture 8 MiB, a webhook's 64 KiB",
    415: "The body has not the type of this route's: JSON, or a form",
    422: "Fields that break the contract, each named",
    429: "Too many tries; Retry-After says when to come back",
    502: "The payment gateway refused",
    503: "Try again soon",
}
_FIELD_ERROR = {
    "type": "object",
    "required": ["loc", "msg", "type"],
    "properties": {
        "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
        "msg": {"type": "string"},
        "type": {"type": "string"},
    },
}
_PROBLEM_SCHEMA = {
    "title": "Problem",
    "description": "RFC 9457; `detail` is for people, `code` for programs.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "trace_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "trace_id": {"type": "string"},
        "errors": {"type": "array", "items": _FIELD_ERROR},
    },
}
_KEY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and request give the first answer again, for 24 hours.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_FREE_OBJECT = {"type": "object", "additionalProperties": True}
_LINK_HEADER = {"Link": {"description": 'The next page, rel="next", if there is one', "schema": {"type": "string"}}}

Schemas = dict[tuple[int, JsonSchemaMode], dict[str, Any]]


def describe(routes: Sequence[Route], *, title: str, version: str, server: str) -> dict[str, Any]:
    """The whole document, the same for the same routes."""
    models = _models(routes)
    inputs = [(index, mode, TypeAdapter(model).core_schema) for index, (model, mode) in enumerate(models)]
    references, definitions = GenerateJsonSchema(ref_template=_REFERENCE).generate_definitions(inputs)
    by_model = {(id(model), mode): references[index, mode] for index, (model, mode) in enumerate(models)}
    paths: dict[str, dict[str, Any]] = {}
    for route in sorted(routes, key=lambda route: (route.path, route.method)):
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, by_model, definitions)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": "/"}, {"url": server}],
        "paths": paths,
        "components": {
            "schemas": {
                **{str(name): _without_null_defaults(schema) for name, schema in sorted(definitions.items())},
                "Problem": _PROBLEM_SCHEMA,
            },
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _without_null_defaults(schema: Any) -> Any:
    """A schema without defaults of null. They only mean "not given", and some of their fields refuse a null."""
    if isinstance(schema, list):
        return [_without_null_defaults(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _without_null_defaults(part) for name, part in schema.items() if not (name == "default" and part is None)}


def _models(routes: Iterable[Route]) -> list[tuple[Any, JsonSchemaMode]]:
    found: dict[tuple[int, JsonSchemaMode], tuple[Any, JsonSchemaMode]] = {}
    for route in routes:
        responses = [(model, "serialization") for model in (route.response, *route.responses.values())]
        for model, mode in ((route.body, "validation"), (route.query, "validation"), *responses):
            if model is not None:
                found[id(model), mode] = (model, mode)  # type: ignore[index,assignment] # mypy widens the literals
    return list(found.values())


def _operation_id(route: Route) -> str:
    name = re.sub(r"\W+", "_", f"{route.method.lower()}{route.path}").strip("_")
    # The same address without the slash is an operation of its own.
    return f"{name}_slash" if len(route.path) > 1 and route.path.endswith("/") else name


def _operation(route: Route, by_model: Schemas, definitions: Any) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [route.tag],
        "summary": (route.handler.__doc__ or "").strip(),
        "operationId": _operation_id(route),
        "parameters": _parameters(route, by_model, definitions),
        "responses": _responses(route, by_model),
    }
    if route.body is not None:
        schema = by_model[id(route.body), "validation"]
        operation["requestBody"] = {"content": {JSON: {"schema": schema}}, "required": _needs_body(schema, definitions)}
    if route.reads:
        operation["requestBody"] = {"content": {kind: {"schema": _FREE_OBJECT} for kind in route.reads}, "required": True}
    if route.roles:
        operation["security"] = [{"bearer": []}]
        operation["description"] = f"For {', '.join(sorted(route.roles))}."
    return operation


def _resolved(schema: dict[str, Any], definitions: Any) -> dict[str, Any]:
    reference = schema.get("$ref")
    return dict(definitions[reference.rpartition("/")[2]]) if reference else schema


def _needs_body(schema: dict[str, Any], definitions: Any) -> bool:
    return bool(_resolved(schema, definitions).get("required"))


def _parameters(route: Route, by_model: Schemas, definitions: Any) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": TypeAdapter(kind).json_schema()}
        for name, kind in route.path_params.items()
    ]
    if route.query is not None:
        schema = _resolved(by_model[id(route.query), "validation"], definitions)
        for name, field in schema.get("properties", {}).items():
            required = name in schema.get("required", ())
            parameters.append({"name": name, "in": "query", "required": required, "schema": _without_null(field)})
    if route.takes_key:
        parameters.append(_KEY_PARAMETER)
    return parameters


def _without_null(field: dict[str, Any]) -> dict[str, Any]:
    """The schema of a query's field without null: a field that is not given is absent."""
    kinds = [kind for kind in field.get("anyOf", []) if kind != {"type": "null"}]
    rest = {name: value for name, value in field.items() if name not in ("anyOf", "default") or value is not None}
    if not kinds:
        return rest
    rest.pop("anyOf")
    return {**rest, **kinds[0]} if len(kinds) == 1 else {**rest, "anyOf": kinds}


def _responses(route: Route, by_model: Schemas) -> dict[str, Any]:
    success: dict[str, Any] = {"description": "Done"}
    if route.response is not None:
        schema = by_model[id(route.response), "serialization"]
        success["content"] = {route.produces: {"schema": schema}}
    elif route.produces != JSON:
        success["content"] = {route.produces: {"schema": {"type": "string"}}}
    if route.query is not None and "cursor" in route.query.model_fields:
        success["headers"] = _LINK_HEADER
    problems = {str(status): _problem(route, status) for status in _statuses(route)}
    others = {str(status): _other_response(status, model, by_model) for status, model in route.responses.items()}
    return {str(route.status): success, **problems, **others}


def _other_response(status: int, model: Any, by_model: Schemas) -> dict[str, Any]:
    return {"description": _PHRASES[status], "content": {JSON: {"schema": by_model[id(model), "serialization"]}}}


def _problem(route: Route, status: int) -> dict[str, Any]:
    content: dict[str, Any] = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if route.produces == "text/html":
        content["text/html"] = {"schema": {"type": "string"}}
    return {"description": _PHRASES[status], "content": content}


def _statuses(route: Route) -> list[int]:
    """The statuses of a route's problems: those that follow from what it takes, and those that it declares."""
    # The server answers 400 to what is no HTTP, whatever it was meant for.
    found = {400, 503, *route.problems}
    if route.roles:
        found |= {401, 403}
    if route.path_params:
        found |= {404}
    if route.takes_body:
        found |= {413, 415}
    if route.body is not None or route.query is not None:
        found |= {422}
    if route.takes_key:
        found |= {409, 422}
    return sorted(found)
