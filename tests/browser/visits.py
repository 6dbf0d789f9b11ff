"""Browser windows whose console and requests are kept."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request

Scheme = Literal["light", "dark"]

PHONE_WIDTH, DESK_WIDTH, HEIGHT = 360, 1100, 700


@dataclass
class Visits:
    """Opens windows; `asked` are the origins of all that they requested, `errors` what their consoles complained of."""

    browser: Browser
    asked: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def window(self, language: str = "en", *, width: int = DESK_WIDTH, scheme: Scheme = "light") -> Page:
        """A window of its own, without cookies, in a browser that prefers this language."""
        context = self.browser.new_context(
            viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, locale="ar-EG" if language == "ar" else "en-GB"
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._keep_message)
        page.on("pageerror", self._keep_error)
        page.on("request", self._keep_origin)
        return page

    @property
    def broken_rules(self) -> list[str]:
        """What a page's Content-Security-Policy forbade it."""
        return [error for error in self.errors if "Content Security Policy" in error or "Refused to" in error]

    def close(self) -> None:
        """Close every window."""
        for context in self._contexts:
            context.close()

    def _keep_message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def _keep_error(self, error: Error) -> None:
        self.errors.append(error.message)

    def _keep_origin(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss"):
            self.asked.add(f"{address.scheme}://{address.netloc}")
