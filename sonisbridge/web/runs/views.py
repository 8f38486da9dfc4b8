"""Runs."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def runs(request: Request, **_places: object) -> HttpResponse:
    """Runs."""
    return render(request, "web/soon.html", {"title": "Runs"})


def run(request: Request, **_places: object) -> HttpResponse:
    """Run."""
    return render(request, "web/soon.html", {"title": "Run"})
