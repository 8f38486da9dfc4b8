"""Notification Assignments."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def notifications(request: Request, **_places: object) -> HttpResponse:
    """Notification Assignments."""
    return render(request, "web/soon.html", {"title": "Notification Assignments"})
