"""A real Chromium that keeps an eye on every page: what it complains of, and whom it asks for anything."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visits import Visits
from tests.support.clients import System

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium (CHROMIUM names another); its profile is new and goes with it."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert path, "browser tests need Chromium: apt-get install chromium fonts-noto-core"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visits(chromium: Browser, system: System) -> Iterator[Visits]:
    """Windows of that Chromium; none may have broken a page's own policy or asked anyone but us for anything."""
    watched = Visits(chromium)
    yield watched
    watched.close()
    assert watched.broken_rules == []
    assert watched.asked <= {system.base_url}
