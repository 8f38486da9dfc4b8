"""How users sign in: what we decide of it; the rest is django-allauth's (docs/decisions/0011)."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up by themselves: an administrator makes users."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False
