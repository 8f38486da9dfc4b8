"""Personal tokens of the read-only interface: hashed at rest, shown once, and never more than their user (rule 12)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from sonisbridge.core.errors import WrongSettingsError

from .audit import record
from .models import ApiToken

PREFIX = "sbr_"
MOST = 20
"""So many tokens a user may have."""
_SHOWN = 8
_NOTED_EVERY = timedelta(minutes=1)


def of(user: User) -> list[ApiToken]:
    """The user's tokens, newest first."""
    return list(ApiToken.objects.filter(user=user).order_by("-pk"))


def make(user: User, name: str) -> str:
    """A new token for the user; this is the only time that it can be seen. Raises WrongSettingsError for a taken name."""
    token = PREFIX + secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            if ApiToken.objects.filter(user=user).count() >= MOST:
                raise WrongSettingsError(f"You have {MOST} tokens: revoke one that is not used any more.")
            ApiToken.objects.create(user=user, name=name, digest=_digest(token), beginning=token[:_SHOWN])
            record(None, user.get_username(), "token made", after={"name": name})
    except IntegrityError as error:
        raise WrongSettingsError("You have a token of this name: choose another name, or revoke that one.") from error
    return token


def revoke(user: User, token_id: int) -> None:
    """End one of the user's tokens."""
    found = ApiToken.objects.filter(user=user, pk=token_id).first()
    if found is not None:
        found.delete()
        record(None, user.get_username(), "token revoked", before={"name": found.name})


def owner(token: str) -> ApiToken | None:
    """The record of a token, with its user; None when there is none, or its user is not let in."""
    if not token.startswith(PREFIX):
        return None
    found = ApiToken.objects.select_related("user").filter(digest=_digest(token), user__is_active=True).first()
    if found is not None:
        _note_use(found)
    return found


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - _NOTED_EVERY)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
