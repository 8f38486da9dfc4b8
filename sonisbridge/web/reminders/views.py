"""Reminders."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def reminders(request: Request) -> HttpResponse:
    """Reminders."""
    return render(request, "web/soon.html", {"title": "Reminders"})
