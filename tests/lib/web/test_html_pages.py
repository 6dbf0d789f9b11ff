"""Pages are styled by their own template, and by nothing that found its way into a text."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

from lib.web import HtmlPage
from tests.support.clients import Client, System

STYLE = "p { color: #123 }"


@pytest.fixture
def page(tmp_path: Path) -> HtmlPage:
    file = tmp_path / "page.html"
    file.write_text(f"<!doctype html><style>{STYLE}</style><p>$text</p>", encoding="utf-8")
    return HtmlPage(file)


def test_the_policy_allows_the_style_of_the_template_alone(page: HtmlPage) -> None:
    response = page.response(text="<style>body { display: none }</style>")
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert re.findall(r"style-src ([^;]*)", response.headers["Content-Security-Policy"]) == [f"'sha256-{digest}'"]
    assert response.body.endswith(b"<p><style>body { display: none }</style></p>")


@pytest.mark.parametrize("path", ["/docs", "/payment/success?token=x", "/invoices/verify/x", "/health", "/nowhere"])
def test_no_policy_of_ours_lets_in_what_is_inline(system: System, path: str) -> None:
    policy = Client(system.base_url).get(path).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
