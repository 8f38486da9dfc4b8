"""What a user decides about a conflict, carried out (rule 5.4)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.person import SonisId
from sonisbridge.store import conflicts
from sonisbridge.store.audit import record
from sonisbridge.store.links import BY_USER, Links
from sonisbridge.store.models import Decision, Institution, OpenConflict

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
    sonis_ids: Iterable[str] = (),
) -> None:
    """Link the person and the contact, say that they are not the same, or leave the conflict alone from now on.

    Without `contact_id` the proposed contact is meant, or the only one. Where the conflict names no one person,
    `sonis_id` says who is meant, and `sonis_ids` of whom all the contact is not the same. The next run acts on it.
    """
    if action not in ACTIONS:
        raise WrongSettingsError(f"A conflict cannot be decided by {action!r}: choose one of {', '.join(ACTIONS)}.")
    person = conflict.sonis_id or sonis_id or ""
    people = [person] if person else list(sonis_ids)
    contact = None if action == Decision.IGNORE and conflict.sonis_id else _contact(conflict, contact_id)
    if (action == LINK and not person) or (action == Decision.NOT_SAME and not people):
        raise WrongSettingsError(f"Conflict {conflict.pk} names no one person: say which with --sonis-id.")
    links = Links(conflict.institution)
    if contact and action == LINK:
        links.keep(SonisId(person), ContactId(contact), how=BY_USER, run=None, by=by)
    elif contact and action == Decision.NOT_SAME:
        for link in links.among(sonis_ids=people):
            if link.contact_id == int(contact):
                links.unlink(SonisId(link.sonis_id))
    conflicts.decide(conflict, action, contact_id=int(contact) if contact else None, by=by, sonis_ids=people)


def decidable(conflict: OpenConflict, action: str) -> bool:
    """Whether a conflict can be decided with others of its reason, without saying which person or contact is meant.

    Only a proposed contact is linked so: another is likely to be somebody else's.
    """
    if action == Decision.IGNORE:
        return bool(conflict.sonis_id) or len(conflict.contact_ids) == 1
    if action == LINK:
        return bool(conflict.sonis_id and conflict.proposed)
    return bool(conflict.sonis_id) and (bool(conflict.proposed) or len(conflict.contact_ids) == 1)


def take_back_link(institution: Institution, sonis_id: str, *, by: str) -> None:
    """Forget a link that a user decided; the next run matches the person afresh.

    Raises WrongSettingsError when there is none.
    """
    links = Links(institution)
    with transaction.atomic():
        found = next((row for row in links.among(sonis_ids=[sonis_id]) if row.how == BY_USER), None)
        if found is None:
            raise WrongSettingsError("There is no such link by decision any more: somebody took it back.")
        links.unlink(SonisId(sonis_id))
        before = {"sonis_id": sonis_id, "contact": found.contact_id}
        record(institution, by, "link by decision taken back", before=before)


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
