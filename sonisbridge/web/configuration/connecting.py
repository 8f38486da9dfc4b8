"""What the pages that connect a side share: try what was typed, keep it when it works, and show what was found."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.sync import connecting as sides
from sonisbridge.sync.connecting import AccountFound, SonisFound
from sonisbridge.web.pages import Request

from .forms import AccountForm, SonisForm

TEST = "test"
"""What the button that tries without keeping says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountAnswer:
    """What came of the form of ActiveCampaign's side."""

    form: AccountForm
    found: AccountFound | None = None
    kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SonisAnswer:
    """What came of the form of SONIS's side."""

    form: SonisForm
    found: SonisFound | None = None
    good: bool = False
    """It can be kept: it was not only a test, and nothing that is needed is missing."""


def try_account(request: Request) -> AccountAnswer:
    """Try the account that was typed and, unless it was only a test, keep it."""
    row = request.institution
    form = AccountForm(row, request.POST)
    if not form.is_valid():
        return AccountAnswer(form=form)
    endpoint, token = form.cleaned_data["endpoint"], form.cleaned_data["token"].strip()
    found = sides.look_at_account(row, endpoint=endpoint, token=token)
    if not found.usable or _only_a_test(request):
        return AccountAnswer(form=form, found=found)
    try:
        sides.keep_account(row, endpoint=endpoint, token=token, by=request.who)
    except SonisbridgeError as error:
        form.add_error(None, str(error))
        return AccountAnswer(form=form, found=found)
    learn(request)
    return AccountAnswer(form=form, found=found, kept=True)


def keep_sonis(request: Request, form: SonisForm) -> bool:
    """Keep the SONIS that was tried; False when that cannot be, which the form then says."""
    given = form.cleaned_data
    try:
        sides.keep_sonis(request.institution, sonis_url=given["sonis_url"], schema=given["schema"], by=request.who)
    except SonisbridgeError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, "SONIS is connected.")
    problem = learn(request)
    if problem:
        messages.warning(request, problem)
    return True


def try_sonis(request: Request, form: SonisForm) -> SonisAnswer:
    """Try the SONIS database that was typed. Keeping it is the caller's."""
    if not form.is_valid():
        return SonisAnswer(form=form)
    found = sides.look_at_sonis(form.cleaned_data["sonis_url"], form.cleaned_data["schema"])
    return SonisAnswer(form=form, found=found, good=found.usable and not _only_a_test(request))


def learn(request: Request) -> str:
    """Read fields and codes for the pages, when both sides are there. Why that did not work, "" when it did."""
    row = request.institution
    if not (row.sonis_url and row.token):
        return ""
    try:
        sides.read_again(row)
    except SonisbridgeError as error:
        return str(error)
    return ""


def _only_a_test(request: Request) -> bool:
    return request.POST.get("do") == TEST


def findings(request: Request, found: AccountFound | SonisFound | None, form: AccountForm | SonisForm) -> HttpResponse:
    """The part of the page that says what a test found, for htmx."""
    template = "account" if isinstance(form, AccountForm) else "sonis"
    return render(request, f"web/configuration/{template}_found.html", {"found": found, "form": form})
