"""Headers that every response carries, and what browsers of other origins may do."""

from flask import Request

from lib.config import config

_METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
_REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Request-Id"
_RESPONSE_HEADERS = "Link, X-Request-Id, Idempotent-Replayed, Retry-After, Content-Disposition"
_PREFLIGHT_SECONDS = "600"


def security_headers() -> dict[str, str]:
    """Answers are for this caller alone, are what they say they are, and are framed or sniffed by nobody."""
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def cors_headers(request: Request) -> dict[str, str]:
    """What lets a page of an origin in CORS_ORIGINS read the answer; nothing for any other."""
    origin = request.headers.get("Origin")
    if origin not in config().cors_origins:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": _RESPONSE_HEADERS,
        "Vary": "Origin",
    }


def is_preflight(request: Request) -> bool:
    """Whether a browser asks before it sends the request proper."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight_headers(request: Request) -> dict[str, str]:
    """What an allowed origin may send; nothing for any other, which the browser takes as a no."""
    if request.headers.get("Origin") not in config().cors_origins:
        return {}
    return {
        "Access-Control-Allow-Headers": _REQUEST_HEADERS,
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }
