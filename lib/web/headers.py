"""Headers of every response, and what browsers may do on pages of other origins."""

from flask import Request

from lib.config import config

_METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
_REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Request-Id"
_RESPONSE_HEADERS = "Link, X-Request-Id, Idempotent-Replayed, Retry-After, Content-Disposition"
_PREFLIGHT_SECONDS = "600"


def security_headers() -> dict[str, str]:
    """Headers that forbid to cache a response, to guess its type, and to show it in a frame."""
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }


def cors_headers(request: Request) -> dict[str, str]:
    """Headers that let pages of an origin in CORS_ORIGINS read the response; other origins get none of them."""
    origin = request.headers.get("Origin")
    if origin not in config().cors_origins:
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": _RESPONSE_HEADERS,
        "Vary": "Origin",
    }


def is_preflight(request: Request) -> bool:
    """Whether this is a browser's question before its real request."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def preflight_headers(request: Request) -> dict[str, str]:
    """What an allowed origin may send. For another origin they are empty, and the browser sends no request."""
    if request.headers.get("Origin") not in config().cors_origins:
        return {}
    return {
        "Access-Control-Allow-Headers": _REQUEST_HEADERS,
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }
