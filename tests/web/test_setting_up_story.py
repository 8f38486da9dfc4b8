"""The whole way in a real browser: from an installation that nobody can sign in to, to a finished export."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from sonisbridge.store import claiming
from sonisbridge.store.models import Run
from tests.flows.pair import WORLD
from tests.sandbox.program import SandboxProgram

PATIENCE = 60_000
PASSWORD = "a long enough passphrase"
FARTHEST = 200


@pytest.fixture
def school(tmp_path: Path) -> Path:
    """The file of a sample school."""
    place = tmp_path / "sonis.sqlite3"
    made = [sys.executable, "-m", "sonisbridge.sandbox.sample_school", f"sqlite:///{place}", "--people", "40"]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    return place


class Keys:
    """A user who has no mouse."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def reach(self, target: Locator) -> None:
        """Go to it by the tabulator alone."""
        expect(target).to_be_visible(timeout=PATIENCE)
        for _ in range(FARTHEST):
            if target.evaluate("element => element === document.activeElement"):
                return
            self._page.keyboard.press("Tab")
        raise AssertionError(f"{target} cannot be reached by keyboard")

    def type(self, label: str, text: str) -> None:
        """Fill a field."""
        self.reach(self._page.get_by_label(label, exact=True))
        self._page.keyboard.insert_text(text)

    def press(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """Press a button."""
        self.reach((within or self._page.locator("main, .entrance").first).get_by_role("button", name=name, exact=True))
        self._page.keyboard.press("Enter")


def test_from_a_fresh_installation_to_a_finished_export_without_touching_a_file(
    page_of: Callable[..., Page], school: Path, account: SandboxProgram
):
    account.reset()
    account.put_world(WORLD)
    code = claiming.new_code()
    page = page_of(None)
    keys = Keys(page)
    page.goto(f"/set-up/?code={code}")
    _claim(keys)
    _connect_sonis(page, keys, school)
    _connect_activecampaign(page, keys, account)
    _map(page, keys)
    _send(page, keys)
    assert account.token not in page.content()
    run = Run.objects.get()
    assert run.status.startswith("succeeded")
    assert run.counts["created"] > 30
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_label("Steps of the set-up")).to_have_count(0)


def _claim(keys: Keys) -> None:
    for label, text in (("Username", "ada"), ("E-mail", "ada@example.edu")):
        keys.type(label, text)
    keys.type("Password", PASSWORD)
    keys.type("Password again", PASSWORD)
    keys.press("Make the administrator")


def _connect_sonis(page: Page, keys: Keys, school: Path) -> None:
    keys.type("Name of the institution", "Example College")
    keys.reach(page.get_by_label("Kind of database"))
    page.keyboard.type("SQLite")
    keys.type("Database", str(school))
    keys.press("Test")
    expect(page.get_by_text("SONIS answers and has what is read")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Test").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("its SONIS is connected")).to_be_visible(timeout=PATIENCE)


def _connect_activecampaign(page: Page, keys: Keys, account: SandboxProgram) -> None:
    keys.type("Access Token Endpoint", account.url)
    keys.type("Access Token", account.token)
    keys.press("Connect ActiveCampaign")
    expect(page.get_by_text("ActiveCampaign is connected, as Sandbox Admin")).to_be_visible(timeout=PATIENCE)


def _map(page: Page, keys: Keys) -> None:
    expect(page.get_by_text(re.compile("^Shown is "))).to_be_visible(timeout=PATIENCE)
    keys.reach(page.get_by_role("button", name="Create missing fields").first)
    page.keyboard.press("Enter")
    keys.press("Create them", page.get_by_role("dialog"))
    expect(page.get_by_text("contact fields were created in ActiveCampaign")).to_be_visible(timeout=PATIENCE)
    keys.reach(page.locator(".buttons.sticky").get_by_role("button", name="Submit"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("25 data points are mapped")).to_be_visible(timeout=PATIENCE)


def _send(page: Page, keys: Keys) -> None:
    keys.press("Plan it")
    expect(page.get_by_text("This is what would be sent")).to_be_visible(timeout=PATIENCE)
    keys.press("Send it")
    keys.reach(page.get_by_role("dialog").get_by_role("button", name=re.compile(r"^Send \d+ contacts$")))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Everything is set up")).to_be_visible(timeout=PATIENCE)
