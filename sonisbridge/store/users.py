"""Users of the pages, and the roles that they were granted (rule 12)."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from sonisbridge.core.roles import Right, Role, rights_of

from .audit import record
from .models import Grant, Institution


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
    """Give the user that role, in place of the one that they had there."""
    before = Grant.objects.filter(user=user, institution=institution).values_list("role", flat=True).first()
    Grant.objects.update_or_create(user=user, institution=institution, defaults={"role": str(role)})
    record(institution, by, "role given", before={"user": user.pk, "role": before}, after={"role": str(role)})


def take(user: User, institution: Institution | None, *, by: str) -> None:
    """Take the role back that the user has there."""
    found = Grant.objects.filter(user=user, institution=institution).first()
    if found is not None:
        found.delete()
        record(institution, by, "role taken", before={"user": user.pk, "role": found.role})
