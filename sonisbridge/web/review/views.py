"""Review."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def review(request: Request, **_places: object) -> HttpResponse:
    """Review."""
    return render(request, "web/soon.html", {"title": "Review"})
