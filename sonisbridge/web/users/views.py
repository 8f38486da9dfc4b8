"""Users."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from sonisbridge.web.pages import Request


def users(request: Request) -> HttpResponse:
    """Users."""
    return render(request, "web/soon.html", {"title": "Users"})


def my_account(request: Request) -> HttpResponse:
    """The user's own account: password, second factor, signing out."""
    return render(request, "web/soon.html", {"title": "Your account"})
