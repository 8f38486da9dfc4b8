"""Timed Tasks Scheduler."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def schedules(request: Request, **_places: object) -> HttpResponse:
    """Timed Tasks Scheduler."""
    return render(request, "web/soon.html", {"title": "Timed Tasks Scheduler"})
