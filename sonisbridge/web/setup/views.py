"""Set-up."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def set_up(request: Request) -> HttpResponse:
    """Set-up."""
    return render(request, "web/soon.html", {"title": "Set-up"})
