"""Reminders: what a user was told inside the application."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from sonisbridge.store import notices
from sonisbridge.web.frame import with_zones
from sonisbridge.web.pages import Request

MOST = 100
"""So many are shown, the newest."""


def reminders(request: Request) -> HttpResponse:
    """The user's reminders, the newest first."""
    user = cast(User, request.user)
    context = {"reminders": with_zones(notices.reminders_of(user, MOST)), "most": MOST}
    return render(request, "web/reminders/reminders.html", context)


@require_POST
def read(request: Request, reminder_id: int) -> HttpResponse:
    """The user has read that one."""
    notices.mark_read(cast(User, request.user), reminder_id, now=timezone.now())
    return _back(request)


@require_POST
def read_all(request: Request) -> HttpResponse:
    """The user has read all of them."""
    many = notices.mark_read(cast(User, request.user), now=timezone.now())
    messages.success(request, "1 reminder is read now." if many == 1 else f"{many} reminders are read now.")
    return _back(request)


def _back(request: Request) -> HttpResponse:
    """To where the user was: a page of this site, else their reminders."""
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return redirect(wanted)
    return redirect("reminders")
