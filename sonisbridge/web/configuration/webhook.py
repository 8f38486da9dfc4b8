"""The webhook of an institution: off, or on at an address that is shown once."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.store import webhooks
from sonisbridge.sync import webhook as hearing
from sonisbridge.web.pages import Request

ON, REGISTER, OFF = "on", "register", "off"


@require_http_methods(["GET", "POST"])
def webhook(request: Request) -> HttpResponse:
    """Turn it on, give it another address, turn it off."""
    if request.POST.get("do") not in {ON, REGISTER, OFF}:
        return _page(request)
    try:
        if request.POST.get("do") == OFF:
            return _off(request)
        made = hearing.turn_on(request.institution, by=request.who, register=request.POST["do"] == REGISTER)
    except SonisbridgeError as error:
        messages.error(request, str(error))
        return redirect("configuration-webhook", request.institution.pk)
    return _page(request, made=made, address=made.address or request.build_absolute_uri(made.path))


def _off(request: Request) -> HttpResponse:
    left = hearing.turn_off(request.institution, by=request.who)
    messages.success(request, "The webhook is off: nothing is heard any more.")
    if left:
        messages.warning(request, left)
    return redirect("configuration-webhook", request.institution.pk)


def _page(request: Request, **more: Any) -> HttpResponse:
    row = request.institution
    context = {
        "tab": "webhook",
        "hook": webhooks.of(row),
        "waiting": webhooks.waiting(row),
        "registers": bool(settings.URL and row.endpoint and row.token),
        **more,
    }
    return render(request, "web/configuration/webhook.html", context)
