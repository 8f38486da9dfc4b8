"""How users sign in: what we decide of it; the rest is django-allauth's (docs/decisions/0011)."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.account.forms import ReauthenticateForm as PasswordAgainForm
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as CodeAgainForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.store import secrets, users

LENGTH = "At least 12 characters, and none that many people use or that is like your name."
_NOBODY = "No user has this name and password. Check both; capitals matter."
_WAIT = "Too many attempts. Wait five minutes, then try again."
_SAID = {
    "account/messages/logged_out.txt": "You are signed out.",
    "account/messages/password_changed.txt": "Your password was changed. Wherever else you were signed in, you are no more.",
    "mfa/messages/totp_activated.txt": "From now on signing in asks for a one-time code.",
    "mfa/messages/totp_deactivated.txt": "One-time codes were switched off: signing in asks for the password alone.",
    "mfa/messages/recovery_codes_generated.txt": "New recovery codes were made; the ones before are void.",
}
"""What is said after a step; of the others, and of signing in, nothing is said."""
_RECORDED = {
    "mfa/messages/totp_activated.txt": "second factor set up",
    "mfa/messages/totp_deactivated.txt": "second factor removed",
    "mfa/messages/recovery_codes_generated.txt": "recovery codes made",
}


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]  # a class without types
    """Nobody signs up by themselves: an administrator makes users."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _NOBODY,
        "email_password_mismatch": _NOBODY,
        "too_many_login_attempts": _WAIT,
        "rate_limited": _WAIT,
        "incorrect_password": "This is not your password.",
        "enter_current_password": "This is not your password of now.",
        "incorrect_code": "This code is not right. Take the one that the app shows now.",
    }

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Never."""
        return False

    def set_password(self, user: User, password: str) -> None:
        """Keep a password that the user chose; one that was made for them is used up."""
        super().set_password(user, password)
        users.password_chosen(user)

    def get_password_change_redirect_url(self, _request: HttpRequest) -> str:
        """To the user's account."""
        return reverse("my-account")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *_more: Any, **_others: Any
    ) -> None:
        """Say in our words what was done, and write what concerns the second factor into the audit log."""
        template = message_template or ""
        if template in _SAID:
            messages.add_message(request, level, _SAID[template])
        if template in _RECORDED and isinstance(request.user, User):
            users.note(request.user, _RECORDED[template])


class SecondFactor(DefaultMFAAdapter):  # type: ignore[misc]  # a class without types
    """One-time codes; what they are made from is sealed at rest like every secret."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": Adapter.error_messages["incorrect_code"],
    }

    def get_totp_label(self, user: User) -> str:
        """The name under which the app keeps it."""
        return user.get_username()

    def encrypt(self, text: str) -> str:
        """The secret as it is stored."""
        return secrets.seal("users", "second factor", text)

    def decrypt(self, encrypted_text: str) -> str:
        """The secret that was stored. Raises WrongSettingsError when no key opens it."""
        try:
            return secrets.unseal("users", "second factor", encrypted_text)
        except WrongSettingsError as error:
            raise WrongSettingsError(
                "The one-time codes cannot be checked: the encryption key is not the one they were set up with. Bring that "
                "key back, or have them removed with `sonisbridge users reset-password NAME --second-factor`."
            ) from error

    def send_notification_mail(self, *_arguments: Any, **_more: Any) -> None:
        """No mail is sent; the audit log has it."""


def _in_our_words(form: forms.Form, **labels: str) -> None:
    """Label the fields, without the placeholders and links that allauth puts there."""
    for name, label in labels.items():
        field = form.fields[name]
        field.label, field.help_text = label, ""
        field.widget.attrs.pop("placeholder", None)


class SignInForm(LoginForm):  # type: ignore[misc]  # a class without types
    """The sign-in form, in our words."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        _in_our_words(self, login="Username or e-mail", password="Password")  # noqa: S106 (a label)
        self.fields["login"].widget.attrs.update(autocomplete="username", autocapitalize="none", spellcheck="false")

    def clean(self) -> Any:
        """Refuse also a password that was made for the user too long ago."""
        cleaned = super().clean()
        if isinstance(self.user, User) and users.given_password_lapsed(self.user):
            raise forms.ValidationError(
                "This one-time password has lapsed: ask an administrator of sonisbridge for a new one."
            )
        return cleaned


class PasswordForm(ChangePasswordForm):  # type: ignore[misc]  # a class without types
    """Change the password."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        _in_our_words(self, oldpassword="Password of now", password1="New password", password2="New password, again")
        self.fields["password1"].help_text = LENGTH

    def clean(self) -> Any:
        """Refuse the password of before."""
        cleaned = super().clean()
        if cleaned and cleaned.get("password1") and cleaned.get("password1") == cleaned.get("oldpassword"):
            self.add_error("password1", "This is the password of now: choose another.")
        return cleaned


class PasswordAgain(PasswordAgainForm):  # type: ignore[misc]  # a class without types
    """The password once more, before something that matters."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        _in_our_words(self, password="Password")  # noqa: S106 (a label)


class CodeForm(AuthenticateForm):  # type: ignore[misc]  # a class without types
    """The second step of signing in."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        _code_field(self)


class CodeAgain(CodeAgainForm):  # type: ignore[misc]  # a class without types
    """A one-time code once more, before something that matters."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        _code_field(self)


class ActivateForm(ActivateTOTPForm):  # type: ignore[misc]  # a class without types
    """The first code that the app shows."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        _code_field(self, help_text="Six digits, as the app shows them now.")


def _code_field(form: forms.Form, *, help_text: str = "Six digits from the app, or a recovery code.") -> None:
    _in_our_words(form, code="One-time code")
    form.fields["code"].help_text = help_text
    form.fields["code"].widget.attrs.update(autocomplete="one-time-code", inputmode="numeric")


def recovery_codes_left(user: User) -> int | None:
    """How many recovery codes the user has left; None without a second factor."""
    found = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(found.wrap().get_unused_codes()) if found else None
