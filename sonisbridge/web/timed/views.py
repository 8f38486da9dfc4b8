"""The Timed Tasks Scheduler: when does it run by itself?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from sonisbridge.core.errors import SonisbridgeError, WrongSettingsError
from sonisbridge.core.roles import Right
from sonisbridge.core.schedule import next_due_times, spoken
from sonisbridge.store import schedules as stored
from sonisbridge.store.timed_models import ScheduleRow
from sonisbridge.sync import timed
from sonisbridge.web.pages import Request

from .forms import ScheduleForm, today

SHOWN = 5
"""So many of the next runs are shown."""


def schedules(request: Request) -> HttpResponse:
    """The timed tasks of the institution."""
    rows = [_shown(row) for row in stored.all_of(request.institution)]
    context = {
        "rows": rows,
        "may_configure": Right.CONFIGURE in request.rights,
        "may_run": Right.RUN in request.rights,
        "zone": str(stored.zone_of(request.institution)),
    }
    return render(request, "web/timed/schedules.html", context)


def _shown(row: ScheduleRow) -> dict[str, Any]:
    schedule, last = stored.schedule_of(row), stored.last_start(row)
    following = () if row.paused else next_due_times(schedule, timezone.now(), SHOWN)
    state = "paused" if row.paused else "on" if following else "over"
    told = timed.results(last) if last else ""
    return {"row": row, "words": spoken(schedule), "next": following, "last": last, "told": told, "state": state}


def add(request: Request) -> HttpResponse:
    """A new timed task."""
    zone, now = stored.zone_of(request.institution), timezone.now()
    form = ScheduleForm(zone, request.POST or None, today=today(now, zone))
    if request.method == "POST" and form.is_valid():
        row = stored.add(request.institution, form.schedule, by=request.who, now=now)
        messages.success(request, f"Scheduled: {spoken(form.schedule)}. It starts while sonisbridge is up.")
        return redirect("schedules", row.institution_id)
    return _form(request, form, None)


def edit(request: Request, schedule_id: int) -> HttpResponse:
    """Other times for a timed task."""
    row = _find(request, schedule_id)
    zone = stored.zone_of(request.institution)
    form = ScheduleForm(zone, request.POST or None, schedule=stored.schedule_of(row))
    if request.method == "POST" and form.is_valid():
        stored.change(row, form.schedule, by=request.who, now=timezone.now())
        messages.success(request, f"Changed: {spoken(form.schedule)}.")
        return redirect("schedules", request.institution.pk)
    return _form(request, form, row)


def _form(request: Request, form: ScheduleForm, row: ScheduleRow | None) -> HttpResponse:
    context = {"form": form, "row": row, "zone": str(stored.zone_of(request.institution)), **_next(form)}
    return render(request, "web/timed/schedule.html", context, status=422 if form.is_bound and form.errors else 200)


def following(request: Request) -> HttpResponse:
    """The next runs of what was typed so far."""
    form = ScheduleForm(stored.zone_of(request.institution), request.GET)
    return render(request, "web/timed/next.html", _next(form))


def _next(form: ScheduleForm) -> dict[str, Any]:
    if not form.is_bound or not form.is_valid():
        return {"next": (), "words": ""}
    return {"next": next_due_times(form.schedule, timezone.now(), SHOWN), "words": spoken(form.schedule)}


def _find(request: Request, schedule_id: int) -> ScheduleRow:
    try:
        row = stored.find(schedule_id)
    except WrongSettingsError as error:
        raise Http404 from error
    if row.institution_id != request.institution.pk:
        raise Http404
    return row


@require_POST
def run_now(request: Request, schedule_id: int) -> HttpResponse:
    """Start its import and then its export at once; when it is next due does not change."""
    row = _find(request, schedule_id)
    try:
        start = timed.run_now(row, by=request.who, now=timezone.now())
    except SonisbridgeError as error:
        messages.error(request, str(error))
        return redirect("schedules", request.institution.pk)
    messages.success(request, "Started: the import, and then the export.")
    if start.import_run_id:
        return redirect("run", request.institution.pk, start.import_run_id)
    return redirect("schedules", request.institution.pk)


@require_POST
def pause(request: Request, schedule_id: int) -> HttpResponse:
    """Let nothing start until it is resumed."""
    stored.pause(_find(request, schedule_id), by=request.who)
    messages.success(request, "Paused: nothing starts until it is resumed.")
    return redirect("schedules", request.institution.pk)


@require_POST
def resume(request: Request, schedule_id: int) -> HttpResponse:
    """Let it start again from now on."""
    stored.resume(_find(request, schedule_id), by=request.who, now=timezone.now())
    messages.success(request, "Resumed; what would have started meanwhile is not made up for.")
    return redirect("schedules", request.institution.pk)


@require_POST
def remove(request: Request, schedule_id: int) -> HttpResponse:
    """Forget the timed task; its runs stay."""
    stored.remove(_find(request, schedule_id), by=request.who)
    messages.success(request, "Removed. Its runs stay in the history.")
    return redirect("schedules", request.institution.pk)
