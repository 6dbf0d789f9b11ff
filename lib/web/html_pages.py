"""Pages for people's browsers, made from templates."""

import base64
import hashlib
import re
from pathlib import Path
from string import Template

from lib.web.responses import Response

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class HtmlPage:
    """A page that runs no script, loads nothing, and is styled by its template's own `<style>` alone.

    The policy has the style's digest from the template, so a style that found its way into a text has no effect.
    """

    def __init__(self, file: Path) -> None:
        text = file.read_text(encoding="utf-8")
        digests = [hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(text)]
        allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
        self._template = Template(text)
        self._policy = (
            f"default-src 'none'; style-src {allowed}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )

    def response(self, status: int = 200, **texts: str) -> Response:
        """The page with these texts, which are HTML already."""
        body = self._template.substitute(texts).encode()
        return Response(body, "text/html; charset=utf-8", status, {"Content-Security-Policy": self._policy})
