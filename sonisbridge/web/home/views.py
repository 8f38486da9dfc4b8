"""Home: is everything all right, and what waits for me?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from sonisbridge.core.roles import Right
from sonisbridge.core.standing import LastRun, Situation, Standing, standing
from sonisbridge.store import history, overview, runs, users
from sonisbridge.store.models import Institution, Run
from sonisbridge.web.admiss.missing import missing
from sonisbridge.web.charts import STACKED
from sonisbridge.web.pages import LAST, Request
from sonisbridge.web.setup.steps import finished, steps_of
from sonisbridge.web.templatetags.words import run_word

from .days import DAYS, days, drift_chart, runs_chart

NEWEST = 10
"""So many runs are listed."""


def start(request: Request) -> HttpResponse:
    """The institution that the user looked at last, or their first one."""
    granted = list(users.institutions_of(cast(User, request.user)))
    if not granted and Right.CONFIGURE in users.rights(cast(User, request.user), None):
        return redirect("set-up-institution")
    if not granted:
        return render(request, "web/home/nothing_granted.html")
    last = next((item for item in granted if item.pk == request.session.get(LAST)), granted[0])
    return redirect("home", last.pk)


def switch(request: Request) -> HttpResponse:
    """Go over to another institution of the user's."""
    wanted = request.GET.get("institution", "")
    granted = users.institutions_of(cast(User, request.user))
    found = granted.filter(pk=int(wanted)).first() if wanted.isdecimal() else None
    return redirect("home", found.pk) if found else redirect("start")


def home(request: Request) -> HttpResponse:
    """Home of an institution."""
    institution = request.institution
    lacking = missing(institution)
    if lacking:
        context = {"missing": lacking, "steps": steps_of(institution)}
        return render(request, "web/home/not_ready.html", context)
    now = timezone.now()
    shown = days(history.since(institution, now - timedelta(days=DAYS)), timezone.localdate())
    known = {
        "steps": [] if finished(institution) else steps_of(institution),
        "going": history.active(institution),
        "last_export": history.last(institution, runs.OUTBOUND),
        "last_import": history.last(institution, runs.INBOUND),
        "next_run_at": overview.next_run_at(institution),
        "conflicts": overview.conflicts_waiting(institution),
        "prospects": overview.prospects_waiting(institution),
        "overwritten": history.overwritten_since(institution, now - timedelta(days=7)),
        "days": shown,
        "kinds": STACKED,
        "any_drift": any(item.drift for item in shown),
        "any_run": any(item.runs for item in shown),
        "runs_chart": runs_chart(shown),
        "drift_chart": drift_chart(shown),
        "newest": runs.latest(institution, NEWEST),
        "portal": settings.DEMO_PORTAL,
    }
    return render(request, "web/home/home.html", {**known, "standing": _standing(institution, known)})


def _standing(institution: Institution, known: dict[str, Any]) -> Standing:
    going = known["going"]
    return standing(
        Situation(
            going=run_word(going).lower() if going else "",
            held=Run.objects.filter(institution=institution, status="held").exists(),
            last_export=_last(known["last_export"]),
            last_import=_last(known["last_import"]),
            conflicts=known["conflicts"],
        )
    )


def _last(run: Run | None) -> LastRun | None:
    if run is None:
        return None
    return LastRun(status=run.status, problems=run.counts.get("failed", 0) + run.counts.get("not_kept", 0))
