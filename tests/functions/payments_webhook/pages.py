"""Return pages as tests read them: taken apart, and with what they say."""

from html.parser import HTMLParser

from tests.functions.invoices.purchases import Purchase
from tests.support import database
from tests.support.clients import Client, Reply, System

ADDRESSES = ("success", "fail", "pending")
TITLES = {
    "paid": "Payment received",
    "pending": "Waiting for the payment",
    "failed": "Payment not completed",
    "rejected": "Payment not accepted",
    "refunded": "Payment returned",
    "review": "Payment under review",
    "unknown": "Payment not found",
}
_VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """A page taken apart: its first heading, its links, its attributes; fails on tags that do not pair up."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.heading, self.links, self.refresh, self.root = "", list[str](), "", dict[str, str | None]()
        self.tags = list[str]()
        self._open = list[str]()
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        assert len(values) == len(attrs)
        assert not any(name.startswith("on") for name in values)
        if tag not in _VOID:
            self._open.append(tag)
        if tag == "html":
            self.root = values
        if tag == "a":
            self.links.append(values["href"] or "")
        if values.get("http-equiv") == "refresh":
            self.refresh = values["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["h1"]:
            self.heading += data


def page(system: System, address: str, token: str, query: str = "", **headers: str) -> Reply:
    return Client(system.base_url).get(f"/payment/{address}?token={token}{query}", headers=headers)


def faces(system: System, token: str) -> set[str]:
    """What the three addresses say of one payment."""
    found = {Outline(page(system, address, token, "&lang=en").text).heading for address in ADDRESSES}
    return {face for face, title in TITLES.items() if title in found}


def ten_seconds_pass(system: System, bought: Purchase) -> None:
    sql = "update payments set page_asked_at = page_asked_at - interval '10 seconds' where id = :id"
    database.run(system.database_url, sql, id=bought.payment_id)


def looks_of(system: System, bought: Purchase) -> int:
    """How often the gateway was asked about a payment for somebody who waits."""
    lines = system.log.read_text().splitlines()
    return sum('"looked for somebody who waits"' in line and bought.payment_id in line for line in lines)
