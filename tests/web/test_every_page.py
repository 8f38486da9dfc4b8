"""What holds of every page, whoever wrote it: the URL table is walked, so that a page that is added later is tried too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, Request

from sonisbridge.core.roles import Role
from sonisbridge.store import users
from sonisbridge.store.timed_models import ScheduledStart
from sonisbridge.sync.orders import order_export
from sonisbridge.sync.outbound import Order
from tests.flows.pair import Pair
from tests.timed.parts import a_schedule

from .browsers import shows_a_page
from .records import a_reminder
from .site import Site, a_user
from .table import samples, table

WIDE, NARROW = {"width": 1360, "height": 900}, {"width": 360, "height": 740}
MAIN_PAGES = (
    "home", "admiss", "runs", "run", "contacts", "review", "prospects", "configuration", "schedules", "schedule-add",
    "notifications", "reminders", "users",
)  # fmt: skip
LONG = "anastasia.maria.lima.de.souza.1234@students.example.edu"
"""An address that is wider than a telephone."""
GRAVE = {"serious", "critical"}


@pytest.fixture
def world(pair_with: Callable[..., Pair]) -> Pair:
    """An institution with something in every list: an import, an export, a preview, conflicts, web prospects, drift."""
    pair = pair_with()
    for number in range(12):
        pair.school.add(f"AB{number:07d}", "Ana", f"Lima{number}", f"ana{number}@example.edu", city="Nashville")
    pair.school.add("AB9999999", "Anastasia", "Lima", LONG)
    pair.school.add("CD0000001", "Sam", "Reyes", "family@example.edu")
    pair.school.add("CD0000002", "Jo", "Reyes", "family@example.edu")
    pair.school.add("EF0000001", "Eva", "Lund")
    held = pair.make_contact(LONG, "Somebody", "Else")
    pair.subscribe(held, 1)
    for number in range(3):
        pair.make_contact(f"new{number}@example.org", "New", f"Person{number}")
    pair.import_()
    pair.export()
    contact = pair.contact("ana1@example.edu")
    assert contact is not None
    pair.change_contact(contact["id"], {"Home_City": "Elsewhere"})
    pair.school.change("address", "AB0000002", city="Memphis")
    pair.export(preview=True)
    row = a_schedule(pair.institution, "daily", "2026-11-23 06:00", now=timezone.now())
    ScheduledStart.objects.create(
        schedule=row, due=timezone.now(), started_at=timezone.now(), state=ScheduledStart.SKIPPED, message="Skipped: -."
    )
    order_export(pair.institution, Order(started_by="administrator", preview=True))
    a_reminder(a_user(Role.ADMINISTRATOR), pair.institution, "New web prospects", kind="alert")
    return pair


@pytest.fixture
def looked_at(world: Pair, page_of: Callable[..., Page], site: Site) -> Iterator[tuple[Page, list[tuple[str, str]]]]:
    """A browser page of an administrator, and every page that it can go to: its name and its address."""
    page = page_of(Role.ADMINISTRATOR)
    users.password_chosen(a_user(Role.ADMINISTRATOR))
    found = samples(world.institution)
    places = [(row.name, row.address(found)) for row in table() if not row.by_token]
    yield page, [(name, place) for name, place in places if shows_a_page(page.context, site.url + place)]


TOO_WIDE = """() => {
    const page = document.documentElement;
    if (page.scrollWidth <= page.clientWidth) return [];
    const scrolls = item => item && (getComputedStyle(item).overflowX !== "visible" || scrolls(item.parentElement));
    const wide = [...document.body.querySelectorAll("*")].filter(
        item => item.getBoundingClientRect().right > page.clientWidth + 1);
    const guilty = wide.filter(item => !scrolls(item.parentElement));
    const named = (guilty.length ? guilty : wide).slice(-3).map(item => item.outerHTML.slice(0, 160));
    return named.length ? named : [`text that does not wrap, ${page.scrollWidth} pixels`];
}"""


def grave(page: Page) -> list[str]:
    """What keeps people with disabilities from using the page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{item['id']}: {item['help']}: {item['nodes'][0]['html'][:160]}" for item in found if item["impact"] in GRAVE
    ]


@pytest.mark.timeout(400)
def test_every_page_can_be_used_by_everybody_and_asks_no_other_host(looked_at, site: Site, world: Pair):
    page, places = looked_at
    elsewhere: list[str] = []
    wrong: dict[str, Any] = {}

    def note(request: Request) -> None:
        if not request.url.startswith((site.url, "data:")):
            elsewhere.append(request.url)

    page.on("request", note)
    assert {name for name, _place in places} >= set(MAIN_PAGES)
    for name, place in places:
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.set_viewport_size(WIDE)
        answer = page.goto(place)
        assert answer is not None
        assert answer.status == 200, f"{name}: {answer.status}"
        assert world.account.token not in page.content(), name
        found = grave(page)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found += [f"dark: {item}" for item in grave(page)]
        page.set_viewport_size(NARROW)
        found += [f"it scrolls sideways at 360 pixels: {item}" for item in page.evaluate(TOO_WIDE)]
        if page.locator("h1").count() != 1:
            found.append(f"it has {page.locator('h1').count()} first headings")
        if found:
            wrong[f"{name} {place}"] = found
    assert wrong == {}
    assert elsewhere == []


CONTROLS = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=hidden]):not([type=radio]), select, textarea, summary")]
    .filter(item => item.checkVisibility() && !item.disabled).length"""
NUMBER = """() => {
    window.numbers ??= new Map();
    const item = document.activeElement;
    if (!window.numbers.has(item)) window.numbers.set(item, window.numbers.size);
    return window.numbers.get(item);
}"""
OUTLINED = """() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
}"""
MOST_STOPS = 90


def test_the_main_pages_can_be_used_with_the_keyboard_alone(looked_at):
    page, places = looked_at
    for name, place in places:
        if name not in MAIN_PAGES:
            continue
        page.goto(place)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip", name
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content", name
        page.goto(place)
        wanted = page.evaluate(CONTROLS)
        stops: set[int] = set()
        for _ in range(min(wanted + 20, MOST_STOPS)):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break  # once round
            stops.add(page.evaluate(NUMBER))
            assert page.evaluate(OUTLINED), f"{name}: {page.evaluate('document.activeElement.outerHTML')[:200]}"
        assert len(stops) >= min(wanted, MOST_STOPS - 20), f"{name}: {len(stops)} of {wanted} are reached"
