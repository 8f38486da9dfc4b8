"""The last step of the set-up: plan the first export, look at it, send it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.core.outcome import Kind
from sonisbridge.store import runs
from sonisbridge.store.models import Institution, Run
from sonisbridge.sync.orders import order_apply, order_export
from sonisbridge.sync.outbound import Order
from sonisbridge.web.pages import Request

from .steps import finished, steps_of

_GOING_ON = (runs.QUEUED, runs.RUNNING)


@require_http_methods(["GET", "POST"])
def first_export(request: Request) -> HttpResponse:
    """How far the first export is, and what can be done next."""
    row = request.institution
    if not row.mapping_rows.exists():
        return redirect("set-up-next", row.pk)
    if request.method == "POST":
        try:
            _act(request)
        except SonisbridgeError as error:
            messages.error(request, str(error))
        return redirect("set-up-first-export", row.pk)
    context = _context(row)
    template = "first_export_state" if request.htmx else "first_export"
    return render(request, f"web/setup/{template}.html", context)


def _act(request: Request) -> None:
    """Plan, send or cancel, as the button asks."""
    run = _latest(request.institution)
    match request.POST.get("do"):
        case "send" if run is not None and str(run.pk) == request.POST.get("run"):
            order_apply(run, by=request.who)
        case "cancel" if run is not None and run.status in _GOING_ON:
            runs.ask_to_cancel(run.pk, by=request.who)
        case "plan":
            order_export(request.institution, Order(started_by=request.who, preview=True))


def _latest(institution: Institution) -> Run | None:
    return institution.runs.filter(kind=runs.OUTBOUND, reconcile=False).order_by("-pk").first()


def _context(institution: Institution) -> dict[str, object]:
    run = _latest(institution)
    going_on = run is not None and run.status in _GOING_ON
    planned = run is not None and not going_on and run.planned_at is not None and (run.preview or run.status == "held")
    counts = run.counts if run is not None else {}
    totals = [(str(kind), counts.get(str(kind), 0)) for kind in Kind if counts.get(str(kind), 0)]
    return {
        "steps": steps_of(institution),
        "here": "set-up-first-export",
        "run": run,
        "going_on": going_on,
        "planned": planned and run is not None and run.status != "failed",
        "totals": totals,
        "finished": finished(institution) and not going_on,
        "writes": counts.get("created", 0) + counts.get("updated", 0) + counts.get("held", 0),
    }
