"""Claiming a fresh installation: a one-time code, and the first administrator whom it lets in (rule 12)."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db import transaction

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.roles import Role

from . import users
from .audit import record
from .models import SetUpCode

_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""None that is taken for another when it is typed from a screen."""
_GROUPS, _IN_A_GROUP = 3, 5


def new_code() -> str:
    """A fresh code in place of the one before. Only its hash is kept."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_IN_A_GROUP)) for _ in range(_GROUPS))
    code = "-".join(groups)
    with transaction.atomic():
        SetUpCode.objects.all().delete()
        SetUpCode.objects.create(code_hash=_hash(code))
    return code


def fits(code: str) -> bool:
    """Whether that is the code. Blanks, dashes and case do not matter."""
    return any(hmac.compare_digest(row.code_hash, _hash(code)) for row in SetUpCode.objects.all())


def claim(code: str, *, name: str, email: str, password: str) -> User:
    """The first user, administrator of every institution; the code is used up by it.

    Raises WrongSettingsError when the code does not fit or somebody else was quicker.
    """
    if not fits(code):
        raise WrongSettingsError("That is not the set-up code: copy it from where `sonisbridge serve` was started.")
    with transaction.atomic():
        used, _ = SetUpCode.objects.filter(code_hash=_hash(code)).delete()
        if not used or users.anybody():
            raise WrongSettingsError("Somebody else has just set this installation up: sign in.")
        user = get_user_model().objects.create_user(name, email, password)
        record(None, name, "installation claimed", after={"user": user.pk})
        users.give(user, Role.ADMINISTRATOR, None, by=name)
    return user


def _hash(code: str) -> str:
    plain = "".join(letter for letter in code.upper() if letter.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
