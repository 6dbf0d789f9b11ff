"""Headers of every response, and what browsers may do on pages of other origins."""

from lib.config import config
from lib.web.request import Request
from lib.web.responses import Response

HeaderList = list[tuple[bytes, bytes]]

_METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
_REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, X-Request-Id"
_RESPONSE_HEADERS = b"Link, X-Request-Id, Idempotent-Replayed, Retry-After, Content-Disposition"
_PREFLIGHT_SECONDS = "600"

# They forbid to cache a response, to guess its type, and to show it in a frame.
_SECURITY: HeaderList = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"vary", b"Origin"),
]
# RFC 9110: these have no content. One that is not modified might have the type of what it stands for.
_WITHOUT_CONTENT = (204, 304)


def response_headers(request: Request, response: Response, request_id: str) -> HeaderList:
    """All headers of a response. Its own take the place of ours."""
    headers = [*_SECURITY, (b"x-request-id", request_id.encode())]
    if response.status not in _WITHOUT_CONTENT:
        headers.append((b"content-type", response.content_type.encode()))
        headers.append((b"content-length", str(len(response.body)).encode()))
    origin = request.headers.get("origin")
    if origin is not None and origin in config().cors_origins:
        headers.append((b"access-control-allow-origin", origin.encode("latin-1")))
        headers.append((b"access-control-expose-headers", _RESPONSE_HEADERS))
    if not response.headers:
        return headers
    own = [(name.lower().encode(), value.encode("latin-1")) for name, value in response.headers.items()]
    return [*({**dict(headers), **dict(own)}).items()]


def is_preflight(request: Request) -> bool:
    """Whether this is a browser's question before its real request."""
    return request.method == "OPTIONS" and "access-control-request-method" in request.headers


def preflight_headers(request: Request) -> dict[str, str]:
    """What an allowed origin may send. For another origin they are empty, and the browser sends no request."""
    if request.headers.get("origin") not in config().cors_origins:
        return {}
    return {
        "Access-Control-Allow-Headers": _REQUEST_HEADERS,
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }
