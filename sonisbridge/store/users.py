"""Users of the pages, and the roles that they were granted (rule 12)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.roles import Right, Role, rights_of

from .audit import record
from .models import GivenPassword, Grant, Institution

USERNAME_LENGTH = 60
GIVEN_FOR = timedelta(days=7)
"""So long a password that was made for a user signs them in."""
_TYPED = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS = 4


def anybody() -> bool:
    """Whether there is a user at all; without one the set-up is open."""
    return get_user_model().objects.exists()


def rights(user: User, institution: Institution | None) -> frozenset[Right]:
    """What the user may do for the institution; for None, what they may do for all of them."""
    held = Grant.objects.filter(user=user, institution=None)
    if institution is not None:
        held = held | Grant.objects.filter(user=user, institution=institution)
    return rights_of(frozenset(Role(role) for role in held.values_list("role", flat=True)))


def institutions_of(user: User) -> QuerySet[Institution]:
    """The institutions that were granted to the user, by name; what they last said is read only where it is wanted."""
    rows = Institution.objects.order_by("name").defer("account_copy", "sonis_copy")
    if Grant.objects.filter(user=user, institution=None).exists():
        return rows
    return rows.filter(Q(grant__user=user)).distinct()


def give(user: User, role: Role, institution: Institution | None, *, by: str) -> None:
    """Give the user that role, in place of the one that they had there.

    Raises WrongSettingsError when nobody would be left who may give roles.
    """
    with transaction.atomic():
        before = Grant.objects.filter(user=user, institution=institution).values_list("role", flat=True).first()
        if before == role:
            return
        if before == Role.ADMINISTRATOR:
            _keep_an_administrator(user, institution)
        Grant.objects.update_or_create(user=user, institution=institution, defaults={"role": str(role)})
        record(
            institution, by, "role given",
            before={"role": before}, after={"user": _id(user), "role": str(role)},
        )  # fmt: skip


def take(user: User, institution: Institution | None, *, by: str) -> None:
    """Take the role back that the user has there. Raises as `give` does."""
    with transaction.atomic():
        found = Grant.objects.filter(user=user, institution=institution).first()
        if found is None:
            return
        if found.role == Role.ADMINISTRATOR:
            _keep_an_administrator(user, institution)
        found.delete()
        record(institution, by, "role taken", before={"user": _id(user), "role": found.role})


# Accounts


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimePassword:
    """A password that was made for a user, to be handed to them. It is shown once and kept nowhere."""

    user: User
    password: str


def named(username: str) -> User:
    """The user of that name. Raises WrongSettingsError when there is none."""
    found = User.objects.filter(username__iexact=username).first()
    if found is None:
        raise WrongSettingsError(f"There is no user {username!r}: `sonisbridge users list` shows them.")
    return found


def problems(username: str, email: str, *, but: User | None = None) -> dict[str, str]:
    """What is wrong with a username and an e-mail address for the user `but`, or for a new one."""
    others = User.objects.exclude(pk=but.pk) if but else User.objects.all()
    found = {}
    if not _good(UnicodeUsernameValidator(), username) or len(username) > USERNAME_LENGTH:
        found["username"] = (
            f"A username is up to {USERNAME_LENGTH} letters, digits and @ . + - _, without blanks, such as ana.lima."
        )
    elif others.filter(Q(username__iexact=username) | Q(email__iexact=username)).exists():
        found["username"] = "Another user signs in by this already: choose another username."
    if email and not _good(validate_email, email):
        found["email"] = "This is no e-mail address: give one such as ana@example.edu, or none."
    elif email and others.filter(Q(email__iexact=email) | Q(username__iexact=email)).exists():
        found["email"] = "Another user signs in by this already: give another e-mail address, or none."
    return found


def _good(validator: Callable[[str], None], text: str) -> bool:
    try:
        validator(text)
    except ValidationError:
        return False
    return True


def add(username: str, email: str, *, by: str) -> OneTimePassword:
    """A new user without a role, with a one-time password. Raises WrongSettingsError when name or address will not do."""
    with transaction.atomic():
        for problem in problems(username, email).values():
            raise WrongSettingsError(problem)
        user = User.objects.create_user(username, email)
        record(None, by, "user added", after={"user": _id(user)})
        return OneTimePassword(user=user, password=_make_password(user))


def edit(user: User, username: str, email: str, *, by: str) -> None:
    """Change how the user signs in. Raises as `add` does."""
    with transaction.atomic():
        for problem in problems(username, email, but=user).values():
            raise WrongSettingsError(problem)
        if (username, email) == (user.username, user.email):
            return
        before, addressed = user.username, "(another)" if email != user.email else None
        user.username, user.email = username, email
        user.save(update_fields=["username", "email"])
        record(
            None, by, "user changed",
            before={"username": before}, after={"user": _id(user), "username": username, "email": addressed},
        )  # fmt: skip


def deactivate(user: User, *, by: str) -> None:
    """Let the user in no more; whoever is signed in as them is signed out, and their tokens stop.

    Raises WrongSettingsError when nobody would be left who may give roles.
    """
    with transaction.atomic():
        _keep_an_administrator(user, None)
        _set_active(user, active=False, by=by)


def activate(user: User, *, by: str) -> None:
    """Let the user in again."""
    _set_active(user, active=True, by=by)


def _set_active(user: User, *, active: bool, by: str) -> None:
    if user.is_active != active:
        user.is_active = active
        user.save(update_fields=["is_active"])
        record(None, by, "user activated" if active else "user deactivated", after={"user": _id(user)})


def reset_password(user: User, *, by: str) -> OneTimePassword:
    """A new one-time password in place of the user's; whoever is signed in as them is signed out."""
    with transaction.atomic():
        made = OneTimePassword(user=user, password=_make_password(user))
        record(None, by, "password reset", after={"user": _id(user)})
    return made


def reset_second_factor(user: User, *, by: str) -> None:
    """Let the user sign in by password alone, until they set one-time codes up again."""
    if Authenticator.objects.filter(user=user).delete()[0]:
        record(None, by, "second factor removed", after={"user": _id(user)})


def note(user: User, action: str) -> None:
    """Write into the audit log what the user did about their own account."""
    record(None, user.get_username(), action, after={"user": _id(user)})


def _id(user: User) -> str:
    """Who it is about, also when the username changes later."""
    return f"{user.get_username()} (user {user.pk})"


def _make_password(user: User) -> str:
    groups = ("".join(secrets.choice(_TYPED) for _ in range(5)) for _ in range(_GROUPS))
    password = "-".join(groups)
    user.set_password(password)
    user.save(update_fields=["password"])
    GivenPassword.objects.update_or_create(user=user, defaults={"until": timezone.now() + GIVEN_FOR})
    return password


def must_choose_password(user: User) -> bool:
    """Whether the user came in by a password that was made for them, and must choose one first."""
    return GivenPassword.objects.filter(user=user).exists()


def given_password_lapsed(user: User) -> bool:
    """Whether the user's password was made for them, too long ago."""
    return GivenPassword.objects.filter(user=user, until__lte=timezone.now()).exists()


def password_chosen(user: User) -> None:
    """The user has a password of their own now."""
    GivenPassword.objects.filter(user=user).delete()
    note(user, "password changed")


# That somebody can always give roles


def is_last_administrator(user: User) -> bool:
    """Whether nobody else who is active may make users and give them roles."""
    return set(_administrators().values_list("user_id", flat=True)) == {user.pk}


def _administrators() -> QuerySet[Grant]:
    return Grant.objects.filter(role=Role.ADMINISTRATOR, institution=None, user__is_active=True)


def _keep_an_administrator(user: User, institution: Institution | None) -> None:
    list(_administrators().select_for_update())  # two who demote each other at once take turns
    if institution is None and is_last_administrator(user):
        raise WrongSettingsError(
            f"{user.get_username()} is the last administrator of all institutions: make somebody else one first."
        )


# Looking at them


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user with what they may do and how they sign in."""

    user: User
    grants: tuple[Grant, ...]
    second_factor: bool
    new: bool
    """They have not chosen a password yet."""

    @property
    def standing(self) -> str:
        """Whether they are let in, in a word or two."""
        return "inactive" if not self.user.is_active else "to choose a password" if self.new else "active"


def accounts(found: Iterable[User]) -> list[Account]:
    """Those users with their roles, all-institution ones first."""
    rows = list(found)
    keys = [user.pk for user in rows]
    grants: dict[int, list[Grant]] = {}
    named = Grant.objects.filter(user__in=keys).select_related("institution")
    for grant in named.order_by(F("institution__name").asc(nulls_first=True)):
        grants.setdefault(grant.user_id, []).append(grant)
    coded = set(
        Authenticator.objects.filter(user__in=keys, type=Authenticator.Type.TOTP).values_list("user_id", flat=True)
    )
    new = set(GivenPassword.objects.filter(user__in=keys).values_list("user_id", flat=True))
    return [
        Account(user=user, grants=tuple(grants.get(user.pk, ())), second_factor=user.pk in coded, new=user.pk in new)
        for user in rows
    ]
