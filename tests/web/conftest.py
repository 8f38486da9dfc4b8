"""A served site, a browser, and users of every role."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page

from sonisbridge.core.roles import Role
from sonisbridge.store.models import Institution
from tests.flows.conftest import account, pair, pair_with  # noqa: F401 (fixtures)
from tests.timed.conftest import mail, school  # noqa: F401 (fixtures)

from .browsers import a_browser
from .site import Site, a_user, session_of

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps an event loop in this thread


@pytest.fixture
def institution(db: None) -> Institution:
    """An institution whose two sides are never asked."""
    return Institution.objects.create(
        name="Example College", sonis_url="-", endpoint="https://example.invalid", token="-"
    )


@pytest.fixture
def client_of(db: None) -> Callable[..., Client]:
    """A client that is signed in with a role: for one institution, or for all of them."""

    def make(role: Role | None, institution: Institution | None = None, *, name: str = "") -> Client:
        client = Client()
        client.force_login(a_user(role, institution, name=name))
        return client

    return make


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of a process."""
    with a_browser() as found:
        yield found


@pytest.fixture
def site(transactional_db: None) -> Iterator[Site]:
    """The pages, served, with a worker."""
    with Site() as served:
        yield served


@pytest.fixture
def page_of(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """A browser page that is signed in with a role; errors in its console fail the test."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(role: Role | None = Role.ADMINISTRATOR, *, name: str = "", **options: object) -> Page:
        context = browser.new_context(base_url=site.url, **options)  # type: ignore[arg-type]
        contexts.append(context)
        if role is not None:
            context.add_cookies([{**session_of(a_user(role, name=name)), "url": site.url}])  # type: ignore[typeddict-item]
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console", lambda said: errors.append(said.text) if said.type == "error" and "40" not in said.text else None
        )
        return page

    yield make
    for context in contexts:
        context.close()
    assert errors == []
