"""The guided set-up: from an installation that nobody can sign in to, to the first export that was sent."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.core.policy import Policy
from sonisbridge.core.roles import Right
from sonisbridge.store import claiming, institutions, users
from sonisbridge.store.institutions import Connections
from sonisbridge.store.models import Institution
from sonisbridge.sync import setup
from sonisbridge.web.configuration.connecting import TEST, findings, keep_sonis, try_account, try_sonis
from sonisbridge.web.configuration.forms import AccountForm, NewInstitutionForm, SonisForm
from sonisbridge.web.configuration.mapping import act
from sonisbridge.web.configuration.sheet import Sheet, sheet_of, with_suggestions
from sonisbridge.web.pages import Request

from .forms import ClaimForm
from .steps import steps_ahead, steps_of


@require_http_methods(["GET", "POST"])
def set_up(request: Request) -> HttpResponse:
    """Claim a fresh installation; later, the step that comes next."""
    if users.anybody():
        return _onward(request)
    code = request.POST.get("code", request.GET.get("code", "")).strip()
    in_address = code if claiming.fits(code) else ""
    if request.method != "POST":
        return _claim_page(request, ClaimForm(code=in_address), wrong_code=bool(code and not in_address))
    form = ClaimForm(request.POST, code=in_address)
    if form.is_valid():
        given = form.cleaned_data
        try:
            user = claiming.claim(given["code"], name=given["name"], email=given["email"], password=given["password"])
        except SonisbridgeError as error:
            form.add_error("code", str(error))
        else:
            login(request, user)
            return redirect("set-up-institution")
    return _claim_page(request, form)


def _claim_page(request: Request, form: ClaimForm, *, wrong_code: bool = False) -> HttpResponse:
    return render(request, "web/setup/claim.html", {"form": form, "steps": steps_ahead(), "wrong_code": wrong_code})


def _onward(request: Request) -> HttpResponse:
    """Where somebody goes who opens the set-up of an installation that has users."""
    if not request.user.is_authenticated:
        return redirect("start")
    user = request.user
    granted = list(users.institutions_of(user))
    if not granted and Right.CONFIGURE in users.rights(user, None):
        return redirect("set-up-institution")
    for institution in granted:
        ahead = any(step.now for step in steps_of(institution))
        if ahead and Right.CONFIGURE in users.rights(user, institution):
            return redirect("set-up-next", institution.pk)
    return redirect("start")


@require_http_methods(["GET", "POST"])
def add_institution(request: Request) -> HttpResponse:
    """A new institution, with its SONIS."""
    if request.method != "POST":
        return _institution_page(request, NewInstitutionForm())
    form = NewInstitutionForm(request.POST, request.FILES)
    answer = try_sonis(request, form)
    if answer.good:
        made = _made(request, form)
        if made is not None:
            messages.success(request, f"{made.name} is here, and its SONIS is connected.")
            return redirect("set-up-activecampaign", made.pk)
    if request.POST.get("do") == TEST and request.htmx:
        return findings(request, answer.found, form)
    return _institution_page(request, form, found=answer.found)


def _made(request: Request, form: NewInstitutionForm) -> Institution | None:
    """The institution; None when it cannot be, which the form then says."""
    given = form.cleaned_data
    try:
        policy = Policy()
        for name in ("time_zone", "country"):
            policy = setup.changed_policy(policy, name, given[name])
        known = Connections(
            name=given["name"], sonis_url=given["sonis_url"], endpoint="", token="", sonis_schema=given["schema"]
        )
        return setup.add(known, policy, by=request.who)
    except SonisbridgeError as error:
        form.add_error(None, str(error))
        return None


def _institution_page(request: Request, form: NewInstitutionForm, **more: Any) -> HttpResponse:
    return render(request, "web/setup/institution.html", {"form": form, "steps": steps_ahead(), **more})


@require_GET
def next_step(request: Request) -> HttpResponse:
    """The first step that is not done."""
    step = next((step for step in steps_of(request.institution) if step.now), None)
    return redirect(step.url) if step else redirect("home", request.institution.pk)


@require_http_methods(["GET", "POST"])
def sonis(request: Request) -> HttpResponse:
    """The first step, for an institution that is there already."""
    if request.method != "POST":
        return _page(request, "sonis", form=SonisForm(request.institution))
    form = SonisForm(request.institution, request.POST, request.FILES)
    answer = try_sonis(request, form)
    if answer.good and keep_sonis(request, form):
        return redirect("set-up-next", request.institution.pk)
    if request.POST.get("do") == TEST and request.htmx:
        return findings(request, answer.found, form)
    return _page(request, "sonis", form=form, found=answer.found)


@require_http_methods(["GET", "POST"])
def activecampaign(request: Request) -> HttpResponse:
    """The second step: the endpoint and the token."""
    if request.method != "POST":
        return _page(request, "activecampaign", form=AccountForm(request.institution))
    answer = try_account(request)
    if answer.kept and answer.found is not None:
        many = answer.found.contacts
        said = "" if many is None else f" It has {many:,} contact{'' if many == 1 else 's'}."
        messages.success(request, f"ActiveCampaign is connected, as {answer.found.user}.{said}")
        return redirect("set-up-next", request.institution.pk)
    if request.POST.get("do") == TEST and request.htmx:
        return findings(request, answer.found, answer.form)
    return _page(request, "activecampaign", form=answer.form, found=answer.found)


@require_http_methods(["GET", "POST"])
def mapping(request: Request) -> HttpResponse:
    """The third step: the missing fields are made, and what goes where is said."""
    row = request.institution
    if not (row.sonis_url and row.token):
        return redirect("set-up-next", row.pk)
    if request.method == "POST":
        answer = act(request)
        if answer.saved:
            messages.success(request, answer.note)
            return redirect(f"{reverse('set-up-first-export', args=[row.pk])}#content")  # not where the form sent to
        return _page(request, "mapping", sheet=answer.sheet, note=answer.note)
    return _page(request, "mapping", sheet=_first_sheet(row))


def _first_sheet(row: Institution) -> Sheet:
    """The mapping in force; before there is one, what is suggested."""
    in_force = institutions.field_mapping(row)
    if in_force.rows:
        return sheet_of(row)
    return sheet_of(row, with_suggestions(in_force, institutions.fields_as_last_read(row)))


def _page(request: Request, name: str, **more: Any) -> HttpResponse:
    context = {"steps": steps_of(request.institution), "here": f"set-up-{name}", **more}
    return render(request, f"web/setup/{name}.html", context)
