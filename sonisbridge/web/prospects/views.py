"""Web Prospects: who came in, and who is waiting?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sonisbridge.core.arrival import Likeness
from sonisbridge.core.errors import SonisbridgeError, WrongSettingsError
from sonisbridge.core.prospect import WaitingProspect
from sonisbridge.core.roles import Right
from sonisbridge.sync import prospects as waits
from sonisbridge.web.forms import FilterForm
from sonisbridge.web.listing import PAGE_SIZES, Column, Listing, answer
from sonisbridge.web.pages import Request

from .forms import ProspectForm

RESULTS = "imported prospects"
"""Where the session keeps what became of the web prospects that were imported last."""
MOST_RESULTS = 2000


@dataclass(slots=True)
class Row:
    """One web prospect in the list, with the people whom it resembles once they were looked up."""

    prospect: WaitingProspect
    duplicates: tuple[Likeness, ...] = ()

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.prospect.first_name} {self.prospect.last_name}".strip()


class ProspectFilter(FilterForm):
    """The filters of the list."""

    search_hint = "Name, e-mail or number"


def _with_duplicates(request: Request, rows: list[Any]) -> Iterable[Row]:
    """For the file. The page asks for them once it stands (`likely`): they are looked for among everybody in SONIS."""
    if request.GET.get("as") != "csv":
        return rows
    alike = waits.duplicates_of(request.institution, [row.prospect for row in rows]) if rows else {}
    for row in rows:
        row.duplicates = alike.get(row.prospect.row_id, ())
    return rows


PROSPECTS = Listing(
    name="web-prospects",
    columns=(
        Column(key="name", title="Name", text=lambda row: row.name, order=("name",)),
        Column(key="email", title="E-mail", text=lambda row: row.prospect.email, order=("email",)),
        Column(key="submitted", title="Submitted", text=lambda row: row.prospect.submitted or "", order=("submitted",)),
        Column(key="program", title="Program", text=lambda row: row.prospect.program, order=("program",)),
        Column(key="incomplete", title="Incomplete", text=lambda row: row.prospect.incomplete, order=("incomplete",)),
        Column(key="contact", title="From contact", text=lambda row: row.prospect.contact_id, order=("contact",)),
        Column(
            key="duplicates",
            title="May be in SONIS as",
            text=lambda row: ", ".join(f"{item.sonis_id} ({item.why})" for item in row.duplicates),
        ),
        Column(key="number", title="Web prospect", text=lambda row: row.prospect.row_id, hidden=True),
    ),
    row_template="web/prospects/row.html",
    sort="-submitted",
    filters=ProspectFilter,
    empty="No web prospect waits. An import makes one of each contact that SONIS does not know.",
    prepare=_with_duplicates,
)


def prospects(request: Request) -> HttpResponseBase:
    """The web prospects that wait in SONIS, wherever they came from."""
    try:
        found = [Row(item) for item in waits.waiting(request.institution)]
        may_convert = waits.may_convert(request.institution)
        wanted = request.GET.get("q", "").strip().casefold()
        shown = [row for row in found if wanted in f"{row.name} {row.prospect.email} {row.prospect.row_id}".casefold()]
        context = {"waiting": len(found), "may_convert": may_convert, "may_decide": Right.DECIDE in request.rights}
        return answer(request, PROSPECTS, shown, "web/prospects/prospects.html", context)
    except SonisbridgeError as error:
        return render(request, "web/prospects/prospects.html", {"unanswered": str(error)})


def likely(request: Request) -> HttpResponse:
    """The people whom the web prospects of one page of the list resemble, each to be put into its row."""
    wanted = request.GET.getlist("id")[: max(PAGE_SIZES)]
    try:
        found = [item for item in waits.waiting(request.institution) if item.row_id in set(wanted)] if wanted else []
        alike = waits.duplicates_of(request.institution, found) if found else {}
    except SonisbridgeError:
        alike = {}
    return render(
        request, "web/prospects/likely.html", {"likely": [(row_id, alike.get(row_id, ())) for row_id in wanted]}
    )


def prospect(request: Request, row_id: str) -> HttpResponse:
    """One web prospect: what SONIS would hold of the person, to be looked at and edited."""
    try:
        details = waits.details(request.institution, row_id)
    except WrongSettingsError as error:
        messages.info(request, str(error).partition(": `")[0] + ".")
        return redirect("prospects", request.institution.pk)
    return _shown(request, details, ProspectForm(details))


def _shown(
    request: Request, details: waits.Details, form: ProspectForm, *, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "details": details,
        "form": form,
        "error": error,
        "same": [item for item in details.duplicates if item.same],
        "may_convert": waits.may_convert(request.institution),
        "may_decide": Right.DECIDE in request.rights,
    }
    return render(request, "web/prospects/prospect.html", context, status=status)


@require_POST
def import_one(request: Request, row_id: str) -> HttpResponse:
    """Make a person of one web prospect, with the edits."""
    try:
        details = waits.details(request.institution, row_id)
    except WrongSettingsError as error:
        messages.info(request, str(error).partition(": `")[0] + ".")
        return redirect("prospects", request.institution.pk)
    form = ProspectForm(details, request.POST)
    if not form.is_valid():
        return _shown(request, details, form, status=422)
    try:
        anyway = request.POST.get("anyway") == "yes"
        [(item, sonis_id)] = waits.convert(
            request.institution, [row_id], by=request.who, edits=form.edits, anyway=anyway
        )
    except SonisbridgeError as error:
        said = str(error).partition(": assign it")[0]
        return _shown(request, details, form, error=f"{said.rstrip('.')}.", status=422)
    messages.success(
        request,
        f"{item.first_name} {item.last_name} is a person in SONIS now, SONIS ID {sonis_id}. "
        "The next export writes it to the contact.",
    )
    return redirect("prospects", request.institution.pk)


@require_POST
def assign(request: Request, row_id: str) -> HttpResponse:
    """Say that a web prospect is somebody whom SONIS has already."""
    sonis_id = request.POST.get("sonis_id", "").strip()
    try:
        made = waits.assign(request.institution, row_id, sonis_id, by=request.who)
    except SonisbridgeError as error:
        messages.error(request, str(error))
        return redirect("prospect", request.institution.pk, row_id)
    messages.success(
        request, f"Web prospect {row_id} is {made}, who stays as they are. The next export links the contact."
    )
    return redirect("prospects", request.institution.pk)


@require_POST
def import_all(request: Request) -> HttpResponse:
    """Make people of all that wait; who is in SONIS already by name and e-mail is left out."""
    try:
        before = waits.waiting(request.institution)
        made = waits.convert(request.institution, None, by=request.who)
    except SonisbridgeError as error:
        messages.error(request, str(error))
        return redirect("prospects", request.institution.pk)
    done = {item.row_id for item, _sonis_id in made}
    results = [(f"{item.first_name} {item.last_name}", item.row_id, sonis_id) for item, sonis_id in made]
    results += [(f"{item.first_name} {item.last_name}", item.row_id, "") for item in before if item.row_id not in done]
    request.session[RESULTS] = [request.institution.pk, results[:MOST_RESULTS]]
    return redirect("prospects-imported", request.institution.pk)


def imported(request: Request) -> HttpResponse:
    """What became of each web prospect that this user imported last."""
    institution_id, results = request.session.get(RESULTS, (0, []))
    if institution_id != request.institution.pk:
        return redirect("prospects", request.institution.pk)
    made = sum(1 for _name, _row_id, sonis_id in results if sonis_id)
    context = {"results": results, "made": made, "left": len(results) - made}
    return render(request, "web/prospects/imported.html", context)
