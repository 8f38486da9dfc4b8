"""Admiss: Active Campaign."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def admiss(request: Request, **_places: object) -> HttpResponse:
    """Admiss: Active Campaign."""
    return render(request, "web/soon.html", {"title": "Admiss: Active Campaign"})
