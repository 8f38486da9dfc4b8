"""API Configuration."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def configuration(request: Request, **_places: object) -> HttpResponse:
    """API Configuration."""
    return render(request, "web/soon.html", {"title": "API Configuration"})
