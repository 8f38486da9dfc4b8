"""Web Prospects."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def prospects(request: Request, **_places: object) -> HttpResponse:
    """Web Prospects."""
    return render(request, "web/soon.html", {"title": "Web Prospects"})


def prospect(request: Request, **_places: object) -> HttpResponse:
    """Web prospect."""
    return render(request, "web/soon.html", {"title": "Web Prospect"})
