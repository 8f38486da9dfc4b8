"""Admiss: Active Campaign. The import and the export, by button."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from sonisbridge.core.errors import SonisbridgeError, StopRunError
from sonisbridge.core.filters import in_words
from sonisbridge.core.roles import Right
from sonisbridge.store import history, overview, runs
from sonisbridge.sync import filtering, orders
from sonisbridge.sync.outbound import Order
from sonisbridge.web.pages import Request
from sonisbridge.web.runs.actions import to_run
from sonisbridge.web.runs.progress import progress_of

from .forms import ExportForm
from .missing import missing


def admiss(request: Request) -> HttpResponse:
    """Both buttons, with what they would do."""
    return _page(request, request.GET if request.GET else None)


@require_POST
def import_contacts(request: Request) -> HttpResponse:
    """Start an import, or the preview of one."""
    try:
        run = orders.order_import(request.institution, started_by=request.who, preview="preview" in request.POST)
    except SonisbridgeError as error:
        return _refused(request, error)
    return to_run(request, run.pk)


@require_POST
def export(request: Request) -> HttpResponse:
    """Start an export of the people whom the filters name, or the preview of one."""
    try:
        form = ExportForm(request.POST, offered=filtering.choices(request.institution))
        if form.is_valid():
            form.object_to(filtering.named(request.institution, form.filters).problems)
        if not form.is_valid():
            return _page(request, request.POST, form)
        order = Order(started_by=request.who, filters=form.filters, preview="send" not in request.POST)
        run = orders.order_export(request.institution, order)
    except SonisbridgeError as error:
        return _refused(request, error)
    return to_run(request, run.pk)


def people(request: Request) -> HttpResponse:
    """How many people the filters name, for the part of the page that asks as they are chosen."""
    found: dict[str, Any] = {}
    try:
        offered = filtering.choices(request.institution)
        form = ExportForm(request.GET, offered=offered)
        if form.is_valid():
            named = filtering.named(request.institution, form.filters)
            found = {"people": named.people, "words": in_words(form.filters, offered)}
            form.object_to(named.problems)
        found["problems"] = [text for errors in form.errors.values() for text in errors]
    except StopRunError as error:
        found["problems"] = [str(error)]
    return render(request, "web/admiss/people.html", found)


def _page(request: Request, typed: QueryDict | None, form: ExportForm | None = None) -> HttpResponse:
    institution = request.institution
    lacking = missing(institution)
    going = history.active(institution)
    context: dict[str, Any] = {
        "missing": lacking,
        "progress": progress_of(going, timezone.now()) if going else None,
        "last_import": history.last(institution, runs.INBOUND),
        "last_export": history.last(institution, runs.OUTBOUND),
        "without": overview.contacts_without_sonis_id(institution),
        "mirrored_at": institution.mark,
    }
    if not lacking and not going and Right.RUN in request.rights:
        try:
            context["form"] = form or ExportForm(typed, offered=filtering.choices(institution))
        except SonisbridgeError as error:
            context["sonis_away"] = str(error)
    return render(request, "web/admiss/admiss.html", context)


def _refused(request: Request, error: SonisbridgeError) -> HttpResponse:
    going = history.active(request.institution)
    text = f"Run {going.pk} is going on. One run at a time: wait for it, or cancel it." if going else str(error)
    messages.error(request, text)
    back = HttpResponseRedirect(reverse("admiss", args=[request.institution.pk]))
    back.status_code = 303
    return back
