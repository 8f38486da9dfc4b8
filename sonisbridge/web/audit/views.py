"""Audit log."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def audit(request: Request, **_places: object) -> HttpResponse:
    """Audit log."""
    return render(request, "web/soon.html", {"title": "Audit log"})
