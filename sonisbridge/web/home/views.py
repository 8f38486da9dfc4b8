"""Home: is everything all right, and what waits for me?"""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect, render

from sonisbridge.core.roles import Right
from sonisbridge.store import users
from sonisbridge.web.pages import LAST, Request


def start(request: Request) -> HttpResponse:
    """The institution that the user looked at last, or their first one."""
    granted = list(users.institutions_of(cast(User, request.user)))
    if not granted and Right.CONFIGURE in users.rights(cast(User, request.user), None):
        return redirect("set-up-institution")
    if not granted:
        return render(request, "web/home/nothing_granted.html")
    last = next((item for item in granted if item.pk == request.session.get(LAST)), granted[0])
    return redirect("home", last.pk)


def switch(request: Request) -> HttpResponse:
    """Go over to another institution of the user's."""
    wanted = request.GET.get("institution", "")
    granted = users.institutions_of(cast(User, request.user))
    found = granted.filter(pk=int(wanted)).first() if wanted.isdecimal() else None
    return redirect("home", found.pk) if found else redirect("start")


def home(request: Request) -> HttpResponse:
    """Home of an institution."""
    return render(request, "web/soon.html", {"title": "Home"})
