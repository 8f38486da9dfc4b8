"""What stands around every page: where one can go, what waits, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse

from sonisbridge import __version__
from sonisbridge.core.roles import Right
from sonisbridge.store import notices, users
from sonisbridge.store.institutions import RESTORED
from sonisbridge.store.models import Institution, Run
from sonisbridge.store.overview import conflicts_waiting, failed_run, prospects_waiting
from sonisbridge.store.runs import INBOUND
from sonisbridge.store.timed_models import Reminder
from sonisbridge.sync import pair

from .pages import LAST, zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One entry of the rail."""

    title: str
    name: str
    """The page's name in the URL table; pages whose names begin so belong to it."""
    icon: str
    needs: Right = Right.SEE
    waiting: Callable[[Institution], int] | None = None
    """How many wait there."""
    of_all: bool = False
    """The page is not of one institution."""


PLACES = (
    Place(title="Home", name="home", icon="home"),
    Place(title="Admiss: Active Campaign", name="admiss", icon="exchange"),
    Place(title="Runs", name="run", icon="runs"),
    Place(title="Contacts", name="contact", icon="contacts"),
    Place(title="Review", name="review", icon="review", waiting=conflicts_waiting),
    Place(title="Web Prospects", name="prospect", icon="prospects", waiting=prospects_waiting),
)
SYSTEMS = (
    Place(title="API Configuration", name="configuration", icon="configuration", needs=Right.CONFIGURE),
    Place(title="Timed Tasks Scheduler", name="schedule", icon="schedule"),
    Place(title="Notification Assignments", name="notification", icon="notifications"),
    Place(title="Users", name="user", icon="users", needs=Right.USERS, of_all=True),
    Place(title="Audit log", name="audit", icon="audit", needs=Right.AUDIT),
)
MOST_ALERTS = 3
"""So many stand on top of every page; the others are in the list of reminders."""
_ENDED_BADLY = {"failed": "failed", "interrupted": "was interrupted"}
_FIRST_PAGE = {
    "run": "runs", "contact": "contacts", "prospect": "prospects", "schedule": "schedules",
    "notification": "notifications", "user": "users",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One line of the strip that is there only when something is wrong."""

    text: str
    link: str = ""
    link_text: str = ""


def frame(request: HttpRequest) -> dict[str, Any]:
    """The names that every template has."""
    user = getattr(request, "user", None)
    always: dict[str, Any] = {"demo": settings.DEMO, "version": __version__}
    if user is None or not user.is_authenticated:
        return always
    granted = list(users.institutions_of(cast(User, user)))
    here = getattr(request, "institution", None) or _last(request, granted)
    rights = users.rights(cast(User, user), here)
    everywhere = users.rights(cast(User, user), None)
    name = request.resolver_match.url_name if request.resolver_match else ""
    return {
        **always,
        "institution": here,
        "institutions": granted,
        "rights": {str(right) for right in rights},
        "rail": list(_entries(PLACES, here, rights, everywhere, name or "")),
        "systems": list(_entries(SYSTEMS, here, rights, everywhere, name or "")),
        "strip": list(_wrong(here, rights)) if here else [],
        **_reminders(cast(User, user)),
    }


def _reminders(user: User) -> dict[str, Any]:
    """How many the user has not read, and the alerts among them."""
    unread = notices.unread(user)
    return {"unread": unread, "alerts": with_zones(notices.alerts(user, MOST_ALERTS)) if unread else []}


def with_zones(reminders: list[Reminder]) -> list[tuple[Reminder, ZoneInfo]]:
    """Each reminder with the time zone of the institution that it comes from."""
    return [(item, zone(item.delivery.notice.assignment.institution)) for item in reminders]


def _last(request: HttpRequest, granted: list[Institution]) -> Institution | None:
    session = getattr(request, "session", None)
    wanted = session.get(LAST) if session is not None else None
    return next((item for item in granted if item.pk == wanted), granted[0] if granted else None)


def _entries(
    places: tuple[Place, ...],
    here: Institution | None,
    rights: frozenset[Right],
    everywhere: frozenset[Right],
    name: str,
) -> Iterator[dict[str, Any]]:
    for place in places:
        if place.needs not in (everywhere if place.of_all else rights) or (here is None and not place.of_all):
            continue
        first = _FIRST_PAGE.get(place.name, place.name)
        yield {
            "title": place.title,
            "icon": place.icon,
            "url": reverse(first) if place.of_all else reverse(first, args=[here.pk if here else 0]),
            "here": name.startswith(place.name),
            "waiting": place.waiting(here) if place.waiting and here else 0,
        }


def _wrong(here: Institution, rights: frozenset[Right]) -> Iterator[Wrong]:
    if not here.endpoint or not here.sonis_url:
        lacking = "ActiveCampaign" if here.sonis_url else "SONIS"
        link = reverse("configuration", args=[here.pk]) if Right.CONFIGURE in rights else ""
        yield Wrong(text=f"{lacking} is not connected yet.", link=link, link_text="Connect it")
    elif pair.differs(here):
        link = reverse("configuration", args=[here.pk]) if Right.CONFIGURE in rights else ""
        text = "Exports are stopped: SONIS or the ActiveCampaign account is not the one that they were allowed for."
        if here.pair_confirmed == RESTORED:
            text = "Nothing is written: this copy of the bridge was restored from a backup."
        yield Wrong(text=text, link=link, link_text="Confirm the pair")
    held = Run.objects.filter(institution=here, status="held").order_by("-pk").first()
    if held is not None:
        yield Wrong(
            text=f"The plan of run {held.pk} is held until somebody sends it or drops it.",
            link=reverse("run", args=[here.pk, held.pk]),
            link_text="Look at it",
        )
    failed = failed_run(here)
    if failed is not None:
        yield Wrong(
            text=f"The last scheduled {'import' if failed.kind == INBOUND else 'export'} {_ENDED_BADLY[failed.status]}.",
            link=reverse("run", args=[here.pk, failed.pk]),
            link_text="See why",
        )
