"""Your account: password, one-time codes, personal tokens, signing out."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.views import PasswordChangeView
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.store import tokens, users
from sonisbridge.web.pages import Request
from sonisbridge.web.signing_in import recovery_codes_left

from .forms import TokenForm


class ChangePassword(PasswordChangeView):  # type: ignore[misc]  # a class without types
    """Change the password; who came in by one that was made for them is told why."""

    def dispatch(self, request: HttpRequest, *arguments: Any, **more: Any) -> HttpResponseBase:
        """The page; back to the account for somebody who is signed in without a password, as in the demo."""
        if isinstance(request.user, User) and not request.user.has_usable_password():
            messages.info(request, "You are signed in without a password, so there is none to change.")
            return redirect("my-account")
        answer: HttpResponseBase = super().dispatch(request, *arguments, **more)
        return answer

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        """What the template shows."""
        return {**super().get_context_data(**more), "arriving": users.must_choose_password(self.request.user)}


def my_account(request: Request) -> HttpResponse:
    """The user's own account."""
    return _page(request, TokenForm())


def _page(request: Request, form: TokenForm) -> HttpResponse:
    user = cast(User, request.user)
    context = {
        "account": users.accounts([user])[0],
        "codes_left": recovery_codes_left(user),
        "tokens": tokens.of(user),
        "form": form,
    }
    return render(request, "web/users/own.html", context, status=422 if form.is_bound else 200)


@require_POST
def make_token(request: Request) -> HttpResponse:
    """A new personal token; it is in this answer and in no other."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        token = tokens.make(cast(User, request.user), form.cleaned_data["name"])
    except WrongSettingsError as error:
        form.add_error("name", str(error))
        return _page(request, form)
    return render(request, "web/users/token.html", {"token": token, "name": form.cleaned_data["name"]})


@require_POST
def revoke_token(request: Request, token_id: int) -> HttpResponse:
    """End a token."""
    tokens.revoke(cast(User, request.user), token_id)
    messages.success(request, "The token was revoked.")
    return redirect("my-account")
