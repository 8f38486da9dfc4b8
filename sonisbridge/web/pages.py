"""The one way to put a page into the URL table: its path, its view, its name and the right that it needs (rule 12)."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from sonisbridge.core.desired import zone_of
from sonisbridge.core.roles import Right
from sonisbridge.store import institutions, users
from sonisbridge.store.models import Institution

View = Callable[..., HttpResponseBase]
LAST = "institution"
"""Where the session keeps which institution the user looked at last."""


class Anybody(StrEnum):
    """Pages that ask for no right of an institution."""

    OPEN = "open"
    """Whoever comes, signed in or not."""
    ARRIVING = "arriving"
    """Every user, also one who has to choose a password first: what leads there, and out."""
    SIGNED_IN = "signed in"
    """Every user: their own account, their own reminders."""


class Request(HttpRequest):
    """A request whose user may see the page. Pages of an institution find it, and their rights for it, here."""

    user: User | AnonymousUser
    institution: Institution
    rights: frozenset[Right]
    htmx: HtmxDetails
    who: str
    """Who asks, for the record."""


def page(route: str, view: View, *, name: str, needs: Right | Anybody) -> URLPattern:
    """A row of the URL table. A route below `<int:institution_id>/` is of that institution; else of all of them."""
    return path(route, _guarded(view, needs), name=name)


def _guarded(view: View, needs: Right | Anybody) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, institution_id: int | None = None, **places: Any) -> HttpResponseBase:
        asked = cast(Request, request)
        asked.rights, asked.who = frozenset(), asked.user.get_username()
        if needs is Anybody.OPEN:
            return view(asked, **places)
        if not asked.user.is_authenticated:
            return _to_sign_in(asked)
        if needs is not Anybody.ARRIVING and users.must_choose_password(asked.user):
            return redirect("account_change_password")
        institution = None if institution_id is None else _granted(asked, institution_id)
        asked.rights = users.rights(asked.user, institution)
        if isinstance(needs, Right) and needs not in asked.rights:
            raise PermissionDenied(_MISSING[needs])
        if institution is None:
            return view(asked, **places)
        asked.institution = institution
        if asked.session.get(LAST) != institution.pk:
            asked.session[LAST] = institution.pk
        with timezone.override(zone(institution)):
            answer = view(asked, **places)
            render = getattr(answer, "render", None)
            return cast(HttpResponseBase, render()) if callable(render) else answer

    guarded.needs = needs  # type: ignore[attr-defined]
    return guarded


_MISSING = {
    Right.SEE: "Ask an administrator to give you a role for this institution.",
    Right.RUN: "Starting, sending and cancelling runs is for operators and administrators.",
    Right.DECIDE: "Deciding about people is for operators and administrators.",
    Right.CONFIGURE: "Configuration is for administrators.",
    Right.USERS: "Users and roles are for administrators of all institutions.",
    Right.AUDIT: "The audit log is for auditors and administrators.",
}


def zone(institution: Institution) -> ZoneInfo:
    """The institution's time zone, in which its pages show times."""
    return zone_of(institutions.policy_of(institution))


def _granted(request: Request, institution_id: int) -> Institution:
    """The institution, when it was granted to the user; else there is no such page."""
    found = users.institutions_of(cast(User, request.user)).filter(pk=institution_id).first()
    if found is None:
        raise Http404
    return found


def _to_sign_in(request: Request) -> HttpResponse:
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=204)
        answer.headers["HX-Redirect"] = "/"
        return answer
    if not users.anybody():
        return redirect("set-up")
    return redirect_to_login(request.get_full_path())
