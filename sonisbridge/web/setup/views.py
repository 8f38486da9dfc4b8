"""Set-up."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from sonisbridge.web.pages import Request

from .steps import steps_of


def set_up(request: Request) -> HttpResponse:
    """Set-up."""
    return render(request, "web/soon.html", {"title": "Set-up"})


def add_institution(request: Request) -> HttpResponse:
    """Set-up."""
    return render(request, "web/soon.html", {"title": "Set-up"})


def next_step(request: Request) -> HttpResponse:
    """The first step that is not done."""
    step = next((step for step in steps_of(request.institution) if step.now), None)
    return redirect(step.url) if step else redirect("home", request.institution.pk)


def sonis(request: Request) -> HttpResponse:
    """Set-up."""
    return render(request, "web/soon.html", {"title": "Set-up"})


activecampaign = mapping = first_export = sonis
