"""What a user decides about a conflict, carried out (rule 5.4)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.person import SonisId
from sonisbridge.store import conflicts
from sonisbridge.store.links import BY_USER, Links
from sonisbridge.store.models import Decision, OpenConflict

LINK = "link"
ACTIONS = (LINK, Decision.NOT_SAME, Decision.IGNORE)


def decide_all(
    found: Iterable[OpenConflict],
    action: str,
    *,
    by: str,
    contact_id: str | None = None,
    sonis_id: str | None = None,
) -> None:
    """Decide all of these in one way, or none of them when one cannot be decided so."""
    with transaction.atomic():
        for conflict in found:
            decide(conflict, action, by=by, contact_id=contact_id, sonis_id=sonis_id)


def decide(
    conflict: OpenConflict,
    action: str,
    *,
    by: str,
    contact_id: str | None = None,
    sonis_id: str | None = None,
) -> None:
    """Link the person and the contact, say that they are not the same, or leave the conflict alone from now on.

    Without `contact_id` the proposed contact is meant, or the only one. The next export acts on it.
    """
    if action not in ACTIONS:
        raise WrongSettingsError(f"A conflict cannot be decided by {action!r}: choose one of {', '.join(ACTIONS)}.")
    person = conflict.sonis_id or sonis_id or ""
    contact = None if action == Decision.IGNORE and person else _contact(conflict, contact_id)
    if action != Decision.IGNORE and not person:
        raise WrongSettingsError(f"Conflict {conflict.pk} names no one person: say which with --sonis-id.")
    links = Links(conflict.institution)
    if contact and action == LINK:
        links.keep(SonisId(person), ContactId(contact), how=BY_USER, run=None, by=by)
    elif contact and links.all().get(SonisId(person)) == contact:
        links.unlink(SonisId(person))
    conflicts.decide(conflict, action, contact_id=int(contact) if contact else None, by=by)


def _contact(conflict: OpenConflict, wanted: str | None) -> str:
    offered = [str(item) for item in conflict.contact_ids]
    if wanted is None and conflict.proposed:
        return str(conflict.proposed)
    if wanted is None and len(offered) == 1:
        return offered[0]
    if wanted is None or wanted not in offered:
        if not offered:
            raise WrongSettingsError(f"Conflict {conflict.pk} names no contact: it can only be ignored.")
        listed = ", ".join(offered)
        raise WrongSettingsError(f"Say which contact with --contact-id; conflict {conflict.pk} is about: {listed}.")
    return wanted
