"""What users do to a run: send what was shown, drop it, cancel it, run again for those who failed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.core.filters import Filters
from sonisbridge.store import history
from sonisbridge.store.models import Run
from sonisbridge.store.runs import INBOUND
from sonisbridge.sync import orders
from sonisbridge.sync.outbound import Order
from sonisbridge.web.pages import Request

MOST_AGAIN = 1000
"""For more people than this a whole export is quicker, and as good."""


def of(request: Request, run_id: int) -> Run:
    """The run, when it is the institution's; else there is no such page."""
    found = Run.objects.select_related("institution").filter(institution=request.institution, pk=run_id).first()
    if found is None:
        raise Http404
    return found


def to_run(request: Request, run_id: int) -> HttpResponseRedirect:
    """Go to the page of a run."""
    answer = HttpResponseRedirect(reverse("run", args=[request.institution.pk, run_id]))
    answer.status_code = 303
    return answer


@require_POST
def send(request: Request, run_id: int) -> HttpResponse:
    """Send the plan of a held or previewed export, as it was shown (rule 6.8)."""
    run = of(request, run_id)
    try:
        orders.order_apply(run, by=request.who)
    except SonisbridgeError as error:
        return refused(request, run_id, error)
    return to_run(request, run_id)


@require_POST
def cancel(request: Request, run_id: int) -> HttpResponse:
    """Ask a run to end, or drop a plan that waits."""
    run = of(request, run_id)
    try:
        ended = orders.cancel(run, by=request.who)
    except SonisbridgeError as error:
        return refused(request, run_id, error)
    if ended.status != "cancelled":
        messages.info(request, "The run was asked to end: what it has sent stays, the rest is not sent.")
    return to_run(request, run_id)


@require_POST
def again(request: Request, run_id: int) -> HttpResponse:
    """Run once more: an import as it was, an export for the people who failed or were not reached."""
    run = of(request, run_id)
    try:
        if run.kind == INBOUND:
            started = orders.order_import(request.institution, started_by=request.who)
            return to_run(request, started.pk)
        people = history.failed_people(run)
        if not people:
            messages.info(request, "Nobody failed in this run.")
            return to_run(request, run_id)
        filters = Filters(sonis_id=tuple(people)) if len(people) <= MOST_AGAIN else Filters()
        started = orders.order_export(request.institution, Order(started_by=request.who, filters=filters))
    except SonisbridgeError as error:
        return refused(request, run_id, error)
    return to_run(request, started.pk)


def refused(request: Request, run_id: int, error: SonisbridgeError) -> HttpResponse:
    """Back to the run with what is wrong; when another run goes on, that one is named with a link on the page."""
    going = history.active(request.institution)
    if going is not None and going.pk != run_id:
        messages.error(request, f"Run {going.pk} is going on. One run at a time: wait for it, or cancel it.")
    else:
        messages.error(request, str(error))
    return to_run(request, run_id)
