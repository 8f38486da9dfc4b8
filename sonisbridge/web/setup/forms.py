"""The form with which a fresh installation is claimed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.core.exceptions import ValidationError


class ClaimForm(forms.Form):
    """The first administrator. The set-up code is asked for unless it came with the address."""

    code = forms.CharField(
        label="Set-up code", max_length=40, help_text="It was shown where sonisbridge was started.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )  # fmt: skip
    name = forms.CharField(
        label="Username", max_length=80, help_text="What you sign in with.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )  # fmt: skip
    email = forms.EmailField(label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = forms.CharField(
        label="Password", max_length=500, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        label="Password again", max_length=500, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, code: str = "") -> None:
        super().__init__(data, initial={"code": code})
        if code:
            self.fields["code"].widget = forms.HiddenInput()
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean_name(self) -> str:
        """A name that a username may be."""
        name = str(self.cleaned_data["name"])
        get_user_model()._meta.get_field("username").run_validators(name)
        return name

    def clean(self) -> dict[str, Any]:
        """Both passwords are the same, and good enough for this name and address."""
        given = super().clean() or {}
        password, again = given.get("password"), given.get("again")
        if password and again and password != again:
            self.add_error("again", "It is not the same as the password above.")
        if password:
            try:
                validate_password(
                    password, get_user_model()(username=given.get("name", ""), email=given.get("email", ""))
                )
            except ValidationError as error:
                self.add_error("password", error)
        return given
