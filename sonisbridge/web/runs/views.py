"""Runs: all of them, and each with what became of everybody."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from sonisbridge.core.filters import in_words
from sonisbridge.core.outcome import Kind
from sonisbridge.core.roles import Right
from sonisbridge.store import history, institutions
from sonisbridge.store.models import Run
from sonisbridge.store.runs import INBOUND
from sonisbridge.sync import filtering
from sonisbridge.sync.estimates import estimate_of
from sonisbridge.sync.looked_at import named_in
from sonisbridge.sync.outbound import filters_of
from sonisbridge.web.admiss.forms import as_query
from sonisbridge.web.listing import answer
from sonisbridge.web.pages import Request

from .actions import of
from .changes import opened
from .lists import outcomes, runs_list
from .progress import progress_of
from .totals import chips

POLLING_STOPS = 286
"""The status by which htmx stops asking."""


def runs(request: Request) -> HttpResponseBase:
    """The history."""
    rows = Run.objects.filter(institution=request.institution)
    return answer(request, runs_list(request.institution), rows, "web/runs/runs.html")


def run(request: Request, run_id: int) -> HttpResponseBase:
    """One run."""
    found = of(request, run_id)
    if found.status in history.ACTIVE and found.planned_at is None:
        return render(request, "web/runs/run.html", _context(request, found))
    listing, rows = outcomes(found)
    return answer(request, listing, rows, "web/runs/run.html", _context(request, found))


def now(request: Request, run_id: int) -> HttpResponse:
    """How far the run is; when it has ended the page is loaded again, to show what became of everybody."""
    found = of(request, run_id)
    if found.status in history.ACTIVE:
        return render(request, "web/runs/now.html", {"progress": progress_of(found, timezone.now())})
    gone = HttpResponse(status=POLLING_STOPS)
    gone.headers["HX-Refresh"] = "true"
    return gone


def line(request: Request, run_id: int, position: int) -> HttpResponse:
    """One line of a run, field by field."""
    found = of(request, run_id)
    shown = history.line(found, position)
    if shown is None:
        raise Http404
    shown.run = found
    context = {"run": found, "line": shown, "opened": opened(shown), "waits": history.waits(found)}
    return render(request, "web/runs/fields.html" if request.htmx else "web/runs/line.html", context)


def _filters(request: Request, found: Run) -> dict[str, Any]:
    """Whom an export was for; of an import, how many contacts a webhook named."""
    if found.kind == INBOUND:
        return {"named": len(named_in(found))}
    texts = filtering.choices_as_last_read(request.institution)
    return {"filters": in_words(filters_of(found.filters), texts), "same_filters": as_query(found.filters)}


def _context(request: Request, found: Run) -> dict[str, Any]:
    waits = history.waits(found)
    groups = history.groups(found) if found.planned_at else []
    writes = sum(group.many for group in groups if group.outcome in {"created", "updated"})
    exports = found.kind == "outbound" and not found.reconcile
    may = Right.RUN in request.rights
    stale = waits and exports and found.plan_mark != institutions.plan_mark(request.institution)
    failed = sum(g.many for g in groups if g.outcome == Kind.FAILED or g.reason == "not-reached")
    sends = bool(may and waits and exports and writes and not stale)
    ended = found.status not in history.ACTIVE
    return {
        "run": found,
        "active": not ended,
        "progress": None if ended else progress_of(found, timezone.now()),
        "chips": chips(request, found, groups) if found.planned_at else [],
        **_filters(request, found),
        "waits": waits and exports,
        "stale": stale,
        "later": history.later_export(found) if waits and exports else None,
        "sends": sends,
        "drops": may and waits and exports,
        "estimate": estimate_of(found) if exports and writes and (waits or not ended) else None,
        "creates": sum(group.many for group in groups if group.outcome == Kind.CREATED),
        "updates": sum(group.many for group in groups if group.outcome == Kind.UPDATED),
        "nothing_to_do": waits and exports and not writes,
        "again": failed if may and ended and not waits and exports and not found.preview else 0,
        "imports_again": may and ended and found.kind == "inbound" and not found.reconcile,
        "not_reached": sum(group.many for group in groups if group.reason == "not-reached"),
        "follower": history.follower(found) if found.status == "interrupted" else None,
    }
