"""API Configuration: is it connected, and what goes where?"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.core.roles import Right
from sonisbridge.store import users
from sonisbridge.sync import pair as pairs
from sonisbridge.sync import setup
from sonisbridge.sync.connecting import sonis_place
from sonisbridge.web.pages import Request

from .choices import ChoicesForm
from .connecting import TEST, findings, keep_sonis, try_account, try_sonis
from .forms import AccountForm, SonisForm
from .mapping import act
from .sheet import Sheet, sheet_of

APIS = (("activecampaign", "ActiveCampaign"),)
"""What can be chosen in the drop-down; SONIS has one for each API that it speaks."""


@require_GET
def configuration(request: Request) -> HttpResponse:
    """Choose the API; what is connected shows its connection and its mappings at once."""
    return _page(request)


@require_POST
def connection(request: Request) -> HttpResponse:
    """Try the endpoint and the token, and keep them when they work."""
    answer = try_account(request)
    if request.POST.get("do") == TEST and request.htmx:
        return findings(request, answer.found, answer.form)
    if answer.kept:
        messages.success(request, "ActiveCampaign is connected.")
        return redirect("configuration", request.institution.pk)
    return _page(request, form=answer.form, found=answer.found)


@require_POST
def mapping(request: Request) -> HttpResponse:
    """Do what a button of the Mappings section asks; what was typed stays until it is in force."""
    answer = act(request)
    if answer.saved:
        messages.success(request, answer.note)
        return redirect(f"{reverse('configuration', args=[request.institution.pk])}#content")
    return _page(request, sheet=answer.sheet, note=answer.note)


@require_POST
def pair(request: Request) -> HttpResponse:
    """Allow exports for the pair as it is now."""
    strangers = request.POST.get("who") == "strangers"
    try:
        pairs.confirm(request.institution, by=request.who, strangers_now=strangers)
    except SonisbridgeError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Exports go on, for the pair as it is now.")
    return redirect("configuration", request.institution.pk)


@require_http_methods(["GET", "POST"])
def sonis(request: Request) -> HttpResponse:
    """The SONIS database, and what its tables are called."""
    if request.method != "POST":
        return _sonis_page(request, SonisForm(request.institution))
    form = SonisForm(request.institution, request.POST, request.FILES)
    answer = try_sonis(request, form)
    if answer.good and keep_sonis(request, form):
        return redirect("configuration-sonis", request.institution.pk)
    if request.POST.get("do") == TEST and request.htmx:
        return findings(request, answer.found, form)
    return _sonis_page(request, form, found=answer.found)


@require_http_methods(["GET", "POST"])
def choices(request: Request) -> HttpResponse:
    """Every choice of the institution."""
    form = ChoicesForm(request.institution, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        changes = form.changes
        setup.change_all(request.institution, changes, by=request.who)
        many = "1 choice was" if len(changes) == 1 else f"{len(changes)} choices were"
        messages.success(request, f"{many} changed." if changes else "Nothing was changed.")
        return redirect("configuration-choices", request.institution.pk)
    return render(request, "web/configuration/choices.html", {"form": form, "tab": "choices"})


def _sonis_page(request: Request, form: SonisForm, **more: Any) -> HttpResponse:
    return render(request, "web/configuration/sonis.html", {"form": form, "tab": "sonis", **more})


def _page(
    request: Request, *, form: AccountForm | None = None, sheet: Sheet | None = None, **more: Any
) -> HttpResponse:
    """The whole page, with what was typed where something was."""
    row = request.institution
    connected = bool(row.endpoint and row.token)
    chosen = request.GET.get("api", "") or ("activecampaign" if connected or form or sheet else "")
    context: dict[str, Any] = {"apis": APIS, "chosen": chosen, "connected": connected, "tab": "activecampaign", **more}
    if chosen == "activecampaign":
        both = connected and bool(row.sonis_url)
        context |= {
            "form": form or AccountForm(row),
            "place": sonis_place(row),
            "sheet": (sheet or sheet_of(row)) if both else None,
        }
    try:
        context["changed_pair"] = pairs.change_of(row)
    except SonisbridgeError as error:
        context["broken_secret"] = str(error)
    context["may_add"] = Right.CONFIGURE in users.rights(request.user, None)  # type: ignore[arg-type]  # signed in
    return render(request, "web/configuration/configuration.html", context)
