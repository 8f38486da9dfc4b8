"""Chromium, as this machine has it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync"]  # fmt: skip


def chromium() -> str | None:
    """The path of the browser, None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def a_browser() -> Iterator[Browser]:
    """A browser for as long as the block lasts. Skips where there is none, or fails with SONISBRIDGE_TEST_REQUIRE_ALL=1."""
    path = chromium()
    if path is None:
        line = "no Chromium on this machine: apt-get install chromium"
        if os.environ.get("SONISBRIDGE_TEST_REQUIRE_ALL") == "1":
            pytest.fail(line)
        pytest.skip(line)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=OPTIONS)
        try:
            yield browser
        finally:
            browser.close()


def shows_a_page(context: BrowserContext, address: str) -> bool:
    """Whether the address shows a page of its own: no file, no part of a page, no form that is only sent, no way on."""
    answer = context.request.get(address, max_redirects=0, fail_on_status_code=False)
    kind = answer.headers.get("content-type", "")
    return answer.status == 200 and kind.startswith("text/html") and "<html" in answer.text()
