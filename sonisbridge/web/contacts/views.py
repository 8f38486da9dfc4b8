"""Contacts."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def contacts(request: Request, **_places: object) -> HttpResponse:
    """Contacts."""
    return render(request, "web/soon.html", {"title": "Contacts"})
