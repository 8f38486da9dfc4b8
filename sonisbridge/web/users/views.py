"""Users: who may sign in, and what each of them may do (rule 12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.roles import MEANINGS, Role
from sonisbridge.store import users as stored
from sonisbridge.store.models import Grant
from sonisbridge.store.users import Account
from sonisbridge.web.listing import Column, Listing, answer
from sonisbridge.web.pages import Request

from .forms import Accounts, AddForm, GrantForm, UserForm


def roles_in_words(account: Account) -> str:
    """The roles of a user on one line."""
    return "; ".join(f"{grant.role}: {grant.institution or 'all institutions'}" for grant in account.grants)


USERS = Listing(
    name="users",
    columns=(
        Column(key="username", title="Username", text=lambda row: row.user.username, order=("username",)),
        Column(key="email", title="E-mail", text=lambda row: row.user.email, order=("email",)),
        Column(key="roles", title="Roles", text=roles_in_words),
        Column(key="factor", title="One-time codes", text=lambda row: row.second_factor),
        Column(key="last", title="Last signed in", text=lambda row: row.user.last_login, order=("last_login",)),
        Column(key="state", title="State", text=lambda row: row.standing, order=("is_active",)),
    ),
    row_template="web/users/row.html",
    sort="username",
    empty="There is no user yet.",
    filters=Accounts,
    prepare=lambda _request, rows: stored.accounts(rows),
)


def users(request: Request) -> HttpResponseBase:
    """The list of users."""
    return answer(request, USERS, User.objects.all(), "web/users/list.html", {"meanings": _meanings()})


def _meanings() -> list[tuple[str, str]]:
    return [(str(role).capitalize(), meaning) for role, meaning in MEANINGS.items()]


def add(request: Request) -> HttpResponse:
    """Make a user; their one-time password is in this answer and in no other."""
    form = AddForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "web/users/add.html", {"form": form}, status=422 if form.is_bound else 200)
    made = stored.add(form.cleaned_data["username"], form.cleaned_data["email"], by=request.who)
    stored.give(made.user, form.chosen_role, form.chosen_institution, by=request.who)
    return _show_password(request, made, title="User added")


def _show_password(request: Request, made: stored.OneTimePassword, *, title: str) -> HttpResponse:
    days = stored.GIVEN_FOR.days
    return render(request, "web/users/password.html", {"made": made, "title": title, "days": days})


def user(request: Request, user_id: int) -> HttpResponse:
    """One user: how they sign in, their roles, and what can be done about them."""
    found = get_object_or_404(User, pk=user_id)
    form = UserForm(request.POST or None, user=found, initial={"username": found.username, "email": found.email})
    if request.method == "POST" and form.is_valid():
        stored.edit(found, form.cleaned_data["username"], form.cleaned_data["email"], by=request.who)
        messages.success(request, "The user was changed.")
        return redirect("user", user_id)
    return _user_page(request, found, form=form)


def _user_page(request: Request, found: User, *, form: UserForm, giving: GrantForm | None = None) -> HttpResponse:
    bound = form.is_bound or (giving is not None and giving.is_bound)
    fresh = User.objects.get(pk=found.pk)
    context: dict[str, Any] = {
        "account": stored.accounts([fresh])[0],
        "form": form,
        "giving": giving or GrantForm(),
        "meanings": _meanings(),
        "last_administrator": stored.is_last_administrator(fresh),
        "administrator": str(Role.ADMINISTRATOR),
        "oneself": found.pk == request.user.pk,
    }
    return render(request, "web/users/user.html", context, status=422 if bound else 200)


@require_POST
def give(request: Request, user_id: int) -> HttpResponse:
    """Give a user a role, in place of the one that they have there."""
    found = get_object_or_404(User, pk=user_id)
    form = GrantForm(request.POST)
    if not form.is_valid():
        plain = UserForm(user=found, initial={"username": found.username, "email": found.email})
        return _user_page(request, found, form=plain, giving=form)
    where, role = form.chosen_institution, form.chosen_role
    return _done(
        request, user_id,
        lambda: stored.give(found, role, where, by=request.who),
        f"{found.get_username()} is {role} for {where or 'all institutions'} now.",
    )  # fmt: skip


@require_POST
def take(request: Request, user_id: int) -> HttpResponse:
    """Take a role back."""
    found = get_object_or_404(User, pk=user_id)
    grant_id = request.POST.get("grant", "")
    grant = (
        Grant.objects.filter(user=found, pk=int(grant_id)).first()
        if grant_id.isdecimal() and len(grant_id) < 18
        else None
    )
    if grant is None:
        return redirect("user", user_id)
    return _done(
        request, user_id,
        lambda: stored.take(found, grant.institution, by=request.who),
        f"{found.get_username()} is not {grant.role} for {grant.institution or 'all institutions'} any more.",
    )  # fmt: skip


@require_POST
def reset_password(request: Request, user_id: int) -> HttpResponse:
    """A new one-time password; it is in this answer and in no other."""
    found = get_object_or_404(User, pk=user_id)
    return _show_password(request, stored.reset_password(found, by=request.who), title="Password reset")


@require_POST
def reset_second_factor(request: Request, user_id: int) -> HttpResponse:
    """Take the user's one-time codes away."""
    found = get_object_or_404(User, pk=user_id)
    return _done(
        request, user_id,
        lambda: stored.reset_second_factor(found, by=request.who),
        f"{found.get_username()} signs in by password alone now.",
    )  # fmt: skip


@require_POST
def set_standing(request: Request, user_id: int) -> HttpResponse:
    """Let the user in no more, or again."""
    found = get_object_or_404(User, pk=user_id)
    if request.POST.get("active") == "yes":
        return _done(
            request, user_id, lambda: stored.activate(found, by=request.who),
            f"{found.get_username()} can sign in again.",
        )  # fmt: skip
    return _done(
        request, user_id, lambda: stored.deactivate(found, by=request.who),
        f"{found.get_username()} cannot sign in any more, and was signed out.",
    )  # fmt: skip


def _done(request: Request, user_id: int, act: Callable[[], None], said: str) -> HttpResponse:
    try:
        act()
    except WrongSettingsError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said)
    return redirect("user", user_id)
