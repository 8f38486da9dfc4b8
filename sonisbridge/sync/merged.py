"""SONIS IDs that name nobody any more, because people were merged in SONIS, and who they may be now (rule 5.4)."""

from __future__ import annotations

from dataclasses import dataclass

from sonisbridge.core.arrival import Arrival, Likeness, likenesses
from sonisbridge.core.contact import EMAIL, FIRST_NAME, LAST_NAME, ContactId
from sonisbridge.core.outcome import Reason
from sonisbridge.store import conflicts, institutions
from sonisbridge.store.mirror import ContactMirror
from sonisbridge.store.models import Institution, OpenConflict

from .sides import open_sonis


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A contact whose SONIS ID names nobody, and the people it may belong to, the surest first."""

    conflict: OpenConflict
    candidates: tuple[Likeness, ...]


def strays(institution: Institution) -> list[Stray]:
    """Every contact that waits because its SONIS ID names nobody. The name records are read once.

    A decision links one: `decisions.decide` with the SONIS ID of a candidate.
    """
    found = conflicts.waiting(institution, reason=Reason.UNKNOWN_SONIS_ID)
    alike = _candidates(institution, found)
    return [Stray(conflict=conflict, candidates=alike[conflict.pk]) for conflict in found]


def candidates(conflict: OpenConflict) -> tuple[Likeness, ...]:
    """The people whom the contact of one conflict may belong to."""
    return _candidates(conflict.institution, [conflict])[conflict.pk]


def _candidates(institution: Institution, found: list[OpenConflict]) -> dict[int, tuple[Likeness, ...]]:
    mirror = ContactMirror(institution)
    contacts = mirror.contacts(ContactId(str(item)) for conflict in found for item in conflict.contact_ids[:1])
    arrivals = {
        str(conflict.pk): Arrival(
            first_name=contact.value(FIRST_NAME), last_name=contact.value(LAST_NAME), email=contact.value(EMAIL)
        )
        for conflict in found
        for item in conflict.contact_ids[:1]
        if (contact := contacts.get(ContactId(str(item)))) is not None
    }
    if not arrivals:
        return {conflict.pk: () for conflict in found}
    sonis = open_sonis(institutions.connections_of(institution, {}, secrets=("sonis_url",)))
    try:
        alike = likenesses(arrivals, sonis.identities())
    finally:
        sonis.close()
    return {conflict.pk: alike.get(str(conflict.pk), ()) for conflict in found}
