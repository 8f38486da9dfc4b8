"""The forms of Users."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from sonisbridge.core.roles import MEANINGS, Role
from sonisbridge.store import users
from sonisbridge.store.models import Institution
from sonisbridge.web.forms import FilterForm, choices

EVERY = "all"


class Accounts(FilterForm):
    """The filters of the list of users."""

    search_hint = "Username or e-mail"
    role = forms.ChoiceField(
        label="Role", choices=choices(*((str(role), str(role).capitalize()) for role in Role)), required=False
    )
    state = forms.ChoiceField(
        label="State", choices=choices(("active", "Active"), ("inactive", "Inactive")), required=False
    )

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The users that fit."""
        if wanted := self.given("q"):
            rows = rows.filter(Q(username__icontains=wanted) | Q(email__icontains=wanted))
        if role := self.given("role"):
            rows = rows.filter(grants__role=role).distinct()
        if state := self.given("state"):
            rows = rows.filter(is_active=state == "active")
        return rows


class UserForm(forms.Form):
    """How a user signs in."""

    username = forms.CharField(
        label="Username",
        max_length=users.USERNAME_LENGTH,
        help_text="Shown wherever it matters who did something.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label="E-mail",
        required=False,
        help_text="May be typed in place of the username to sign in. Reminders for this address reach the user.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *arguments: Any, user: User | None = None, **more: Any) -> None:
        self._user = user
        super().__init__(*arguments, **more)

    def clean(self) -> dict[str, Any]:
        """Refuse what another user signs in by."""
        cleaned = super().clean() or {}
        for name, problem in users.problems(
            cleaned.get("username", ""), cleaned.get("email", ""), but=self._user
        ).items():
            if name not in self.errors:
                self.add_error(name, problem)
        return cleaned


class GrantForm(forms.Form):
    """A role, and where."""

    role = forms.ChoiceField(
        label="Role",
        choices=[(str(role), f"{str(role).capitalize()}: {meaning}") for role, meaning in MEANINGS.items()],
        initial=str(Role.VIEWER),
    )
    institution = forms.ChoiceField(label="For", initial=EVERY)

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.fields["institution"].choices = [  # type: ignore[attr-defined]
            (EVERY, "All institutions, also later ones"),
            *((str(item.pk), item.name) for item in Institution.objects.order_by("name")),
        ]

    @property
    def chosen_role(self) -> Role:
        """The role, once the form is valid."""
        return Role(self.cleaned_data["role"])

    @property
    def chosen_institution(self) -> Institution | None:
        """The institution, None for all of them, once the form is valid."""
        chosen = self.cleaned_data["institution"]
        return None if chosen == EVERY else Institution.objects.get(pk=int(chosen))


class AddForm(UserForm, GrantForm):
    """A new user with a first role."""

    field_order = ("username", "email", "role", "institution")


class TokenForm(forms.Form):
    """A new personal token."""

    name = forms.CharField(
        label="Name",
        max_length=60,
        help_text="What it is for, such as: weekly report.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
