"""Deliveries: what became of each notice."""

from __future__ import annotations

from django.http import HttpResponseBase

from sonisbridge.notify.email import configured
from sonisbridge.store import notices
from sonisbridge.web.listing import answer
from sonisbridge.web.pages import Request

from .listed import DELIVERIES


def deliveries(request: Request) -> HttpResponseBase:
    """Every delivery of the institution, the newest first."""
    context = {"tab": "deliveries", "mail_server": configured()}
    rows = notices.deliveries(request.institution)
    return answer(request, DELIVERIES, rows, "web/notifications/deliveries.html", context)
