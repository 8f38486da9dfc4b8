"""Person."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def person(request: Request, **_places: object) -> HttpResponse:
    """Person."""
    return render(request, "web/soon.html", {"title": "Person"})


def search(request: Request, **_places: object) -> HttpResponse:
    """Search."""
    return render(request, "web/soon.html", {"title": "Search"})
