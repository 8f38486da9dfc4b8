"""How users sign in: what we decide of it; the rest is django-allauth's (docs/decisions/0011)."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # a class without types
    """Nobody signs up by themselves: an administrator makes users."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Never."""
        return False


class SignInForm(LoginForm):  # type: ignore[misc]  # a class without types
    """The sign-in form, in our words."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.fields["login"].label = "Username or e-mail"
        for name in ("login", "password"):
            self.fields[name].widget.attrs.pop("placeholder", None)
            self.fields[name].help_text = ""
