"""Signs everybody in as the demo's administrator: in the demo alone, and on this machine alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase

from sonisbridge.core.roles import Role
from sonisbridge.store import users

NAME = "demo"


class DemoUser:
    """Is left out unless this is the demo. Who asks from another machine stays signed out.

    A page of another site that points its own name at this machine is refused by ALLOWED_HOSTS.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.DEMO:
            raise MiddlewareNotUsed
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer, to the demo's user."""
        if not request.user.is_authenticated and _on_this_machine(request):
            user = get_user_model().objects.filter(username=NAME).first()
            if user is not None:
                login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return self._get_response(request)


def _on_this_machine(request: HttpRequest) -> bool:
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def make_demo_user() -> None:
    """Have the demo's administrator there; nobody can sign in as they with a password."""
    made = get_user_model()
    if not made.objects.filter(username=NAME).exists():
        user = made.objects.create_user(NAME, "", None)
        users.give(user, Role.ADMINISTRATOR, None, by="demo")
