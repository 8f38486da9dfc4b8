"""Whole stories in a real browser: both buttons with results, three people of two thousand, a run that is left and found."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from sonisbridge.core.policy import Policy
from sonisbridge.core.roles import Role
from sonisbridge.store.institutions import Connections
from sonisbridge.store.models import Institution, Run
from sonisbridge.sync import setup
from tests.flows.pair import WORLD, Pair
from tests.sandbox.program import SandboxProgram

PATIENCE = 60_000
PageOf = Callable[..., Page]


def no_serious_violation(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    serious = [(item["id"], item["nodes"][0]["html"]) for item in found if item["impact"] in {"serious", "critical"}]
    assert serious == []


def fits(page: Page) -> None:
    """The page does not scroll sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_import_then_preview_then_send_each_with_its_results(page_of: PageOf, pair: Pair):
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    pair.make_contact("zoe@example.org", "Zoe", "New")
    page = page_of(Role.OPERATOR)
    page.goto(f"/{pair.institution.pk}/admiss/")
    no_serious_violation(page)
    page.get_by_role("button", name="Import Active Campaign Contacts").click()
    expect(page.get_by_text(re.compile(r"Created web prospect .*Zoe New"))).to_be_visible(timeout=PATIENCE)
    no_serious_violation(page)
    page.get_by_role("link", name="Admiss: Active Campaign").click()
    page.get_by_label("Export Name Records").get_by_role("button", name="Preview", exact=True).click()
    expect(page.get_by_text("would be created").first).to_be_visible(timeout=PATIENCE)
    page.get_by_text(re.compile(r"\d+ fields")).click()
    expect(page.get_by_role("cell", name="Nashville")).to_be_visible()
    no_serious_violation(page)
    assert pair.contact("ana@example.edu") is None
    page.get_by_role("button", name="Send").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 contact will be created.")
    dialog.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Created a contact with")).to_be_visible(timeout=PATIENCE)
    assert pair.contact("ana@example.edu") is not None
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert "Ana Lima" in Path(download.value.path()).read_text(encoding="utf-8-sig")


@pytest.fixture
def two_thousand(account: SandboxProgram, tmp_path: Path, transactional_db: None) -> Iterator[Institution]:
    """A sample school of 2,000 people, connected and mapped."""
    school = tmp_path / "school.sqlite3"
    command = [
        sys.executable,
        "-m",
        "sonisbridge.sandbox.sample_school",
        f"sqlite:///{school}",
        "--people",
        "2000",
        "--seed",
        "1",
    ]
    subprocess.run(command, check=True, capture_output=True)
    account.reset()
    account.put_world(WORLD)
    known = Connections(name="Big", sonis_url=f"sqlite:///{school}", endpoint=account.url, token=account.token)
    institution = setup.add(known, Policy(country="US"), by="test")
    setup.create_fields(institution, by="test")
    setup.suggest(institution, apply=True, by="test")
    yield institution
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_a_filter_finds_three_people_of_two_thousand_by_keyboard(page_of: PageOf, two_thousand: Institution):
    page = page_of(Role.OPERATOR)
    page.goto(f"/{two_thousand.pk}/admiss/")
    people = page.locator("#people")
    expect(people).to_contain_text(re.compile(r"1,\d\d\d\s*people"))
    for filter_, choice in (
        ("Program", "Business Administration (BUS)"),
        ("School year", "202526"),
        ("Semester", "Summer (3)"),
    ):
        page.locator("summary").filter(has_text=re.compile(f"^{filter_}$")).focus()
        page.keyboard.press("Enter")
        page.get_by_role("checkbox", name=choice, exact=True).focus()
        page.keyboard.press("Space")
    expect(people).to_contain_text(re.compile(r"^\s*3\s*people"))
    page.get_by_label("Export Name Records").get_by_role("button", name="Preview", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Totals")).to_contain_text("3 people", timeout=PATIENCE)
    expect(page.get_by_text("Program Business Administration; School year 202526; Semester Summer")).to_be_visible()
    assert page.locator("#list-outcomes tbody > tr").count() == 3
    assert Run.objects.get().counts["read"] == 3


def test_a_run_is_watched_left_found_again_and_cancelled(page_of: PageOf, pair: Pair, account: SandboxProgram):
    for number in range(40):
        pair.make_contact(f"new{number}@example.org", "New", f"Person{number}")
    account.faults("slow=seconds:90")
    try:
        page = page_of(Role.OPERATOR, viewport={"width": 360, "height": 740})
        page.goto(f"/{pair.institution.pk}/admiss/")
        fits(page)
        page.get_by_role("button", name="Import Active Campaign Contacts").click()
        expect(page.get_by_text("Leaving this page does not stop it.")).to_be_visible()
        fits(page)
        no_serious_violation(page)
        page.goto(f"/{pair.institution.pk}/")
        page.get_by_role("link", name="Watch run").click()
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel the run").click()
        expect(page.get_by_text("A user cancelled the run")).to_be_visible(timeout=PATIENCE)
        fits(page)
    finally:
        account.faults()
    assert Run.objects.get().status == "cancelled"


def test_home_and_the_history_are_accessible_and_fit_a_phone(page_of: PageOf, pair: Pair):
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    run = pair.export()
    page = page_of(Role.VIEWER, viewport={"width": 360, "height": 740}, color_scheme="dark")
    for path in ("", "runs/", f"runs/{run.pk}/", "admiss/"):
        page.goto(f"/{pair.institution.pk}/{path}")
        fits(page)
        no_serious_violation(page)
