"""Timed Tasks Scheduler: when does it run by itself?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.store import history, runs
from sonisbridge.store import schedules as stored
from sonisbridge.store.timed_models import ScheduleRow
from sonisbridge.sync import timed
from sonisbridge.web.listing import answer
from sonisbridge.web.pages import Request, zone

from .forms import ScheduleForm
from .listed import SCHEDULES, StartLine, lines

STARTS = 20
"""So many starts of a schedule are shown."""


def schedules(request: Request) -> HttpResponseBase:
    """The schedules of the institution."""
    rows = stored.all_of(request.institution)
    context = {"any": rows.exists(), **_about_runs(request)}
    return answer(request, SCHEDULES, rows, "web/timed/schedules.html", context)


def _about_runs(request: Request) -> dict[str, Any]:
    """What the question before "run now" says in numbers."""
    return {
        "last_import": history.last(request.institution, runs.INBOUND),
        "last_export": history.last(request.institution, runs.OUTBOUND),
        "zone_name": zone(request.institution).key,
    }


def _find(request: Request, schedule_id: int) -> ScheduleRow:
    found = stored.all_of(request.institution).filter(pk=schedule_id).first()
    if found is None:
        raise Http404
    return found


def schedule(request: Request, schedule_id: int) -> HttpResponse:
    """One schedule: when it is due, and what became of its starts."""
    row = _find(request, schedule_id)
    context = {
        "line": lines([row])[0],
        "starts": [StartLine.of(start) for start in stored.starts(row, STARTS)],
        "many_starts": row.starts.count(),
        **_about_runs(request),
    }
    return render(request, "web/timed/schedule.html", context)


def add(request: Request) -> HttpResponse:
    """A new schedule."""
    now, here = timezone.now(), zone(request.institution)
    form = ScheduleForm(request.POST or None, zone=here, now=now, initial=ScheduleForm.first_times(here, now))
    if request.method == "POST" and form.is_valid():
        stored.add(request.institution, form.schedule, by=request.who, now=now)
        messages.success(request, "The schedule was added. It starts by itself from now on.")
        return redirect("schedules", request.institution.pk)
    return _form_page(request, form, title="Add a timed task", back="schedules")


def edit(request: Request, schedule_id: int) -> HttpResponse:
    """Other times for a schedule."""
    row, now = _find(request, schedule_id), timezone.now()
    names = ("task", "frequency", "start_date", "start_time", "end_date", "end_time")
    initial = {name: getattr(row, name) for name in names}
    form = ScheduleForm(request.POST or None, zone=zone(request.institution), now=now, initial=initial)
    if request.method == "POST" and form.is_valid():
        stored.change(row, form.schedule, by=request.who, now=now)
        messages.success(request, "The schedule was changed.")
        return redirect("schedule", request.institution.pk, row.pk)
    return _form_page(request, form, title="Change the timed task", back="schedule", row=row)


def _form_page(request: Request, form: ScheduleForm, *, row: ScheduleRow | None = None, **more: Any) -> HttpResponse:
    shown = form if form.is_bound else _of_request(request, form.initial)
    context = {"form": form, "due": _due(shown), "row": row, "zone_name": zone(request.institution).key, **more}
    return render(request, "web/timed/form.html", context, status=422 if form.is_bound else 200)


@require_GET
def next_runs(request: Request) -> HttpResponse:
    """The next runs of what is being typed."""
    form = _of_request(request, request.GET)
    due = _due(form)
    problem = "" if due else next((error for errors in form.errors.values() for error in errors), "")
    return render(request, "web/timed/next.html", {"due": due, "problem": problem})


def _of_request(request: Request, given: Any) -> ScheduleForm:
    return ScheduleForm(given, zone=zone(request.institution), now=timezone.now())


def _due(form: ScheduleForm) -> tuple[Any, ...]:
    return form.due if form.is_valid() else ()


@require_POST
def run_now(request: Request, schedule_id: int) -> HttpResponse:
    """Start the schedule's import, and after it its export, now."""
    row = _find(request, schedule_id)
    try:
        start = timed.run_now(row, by=request.who, now=timezone.now())
    except SonisbridgeError as error:
        messages.error(request, f"Nothing was started. {error}")
        return redirect("schedule", request.institution.pk, row.pk)
    messages.success(request, "The import was ordered; the export follows it by itself.")
    return redirect("run", request.institution.pk, start.import_run_id)


@require_POST
def pause(request: Request, schedule_id: int) -> HttpResponse:
    """Let the schedule start nothing until it is resumed."""
    row = _find(request, schedule_id)
    stored.pause(row, by=request.who)
    messages.success(request, "The schedule is paused: nothing starts until it is resumed.")
    return redirect("schedules", request.institution.pk)


@require_POST
def resume(request: Request, schedule_id: int) -> HttpResponse:
    """Let the schedule start again."""
    row = _find(request, schedule_id)
    stored.resume(row, by=request.who, now=timezone.now())
    messages.success(request, "The schedule goes on. What would have started meanwhile is not made up for.")
    return redirect("schedules", request.institution.pk)


@require_POST
def remove(request: Request, schedule_id: int) -> HttpResponse:
    """Forget the schedule; its runs stay."""
    stored.remove(_find(request, schedule_id), by=request.who)
    messages.success(request, "The schedule was removed. Its runs stay.")
    return redirect("schedules", request.institution.pk)
