"""Why one contact stands as it does: whose it is, and what the next import would do with it (rule 7)."""

from __future__ import annotations

from dataclasses import dataclass

from sonisbridge.core import wording
from sonisbridge.core.candidates import Import, ImportConflict, LeaveOut
from sonisbridge.core.contact import Contact
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.sonis.database import Sonis
from sonisbridge.store import institutions
from sonisbridge.store.ledger import Ledger
from sonisbridge.store.links import Links
from sonisbridge.store.models import Institution

from .looked_at import Ours, deciding_among


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportStory:
    """What an import would do with one contact, and the people of SONIS whom it resembles."""

    outcome: Kind | None
    """None for a contact with a SONIS ID, at which an import does not look."""
    reason: str
    message: str
    sonis_ids: tuple[str, ...] = ()
    """People whom it is, may be, or resembles."""


def import_story(institution: Institution, sonis: Sonis, contact: Contact, *, carries: str) -> ImportStory:
    """The contact, explained. `carries` is what its SONIS_ID holds."""
    if carries:
        return _carrying(sonis, contact, carries)
    links = Links(institution)
    ours = Ours(policy=institutions.policy_of(institution), links=links, ledger=Ledger(institution))
    found = deciding_among(sonis, ours, [contact])(contact)
    match found:
        case Import():
            message = "The next import makes a web prospect of this contact."
            if ours.policy.import_mode == "direct":
                message = "The next import makes a person of this contact, with status PS."
            message = f"{message} {wording.possible_duplicates(found.possible_duplicates)}".strip()
            return ImportStory(outcome=Kind.CREATED, reason="", message=message, sonis_ids=found.possible_duplicates)
        case LeaveOut():
            known = (found.sonis_id,) if found.sonis_id else ()
            return ImportStory(
                outcome=Kind.SKIPPED, reason=found.reason, message=wording.left_out(found), sonis_ids=known
            )
        case ImportConflict() if contact.contact_id in links.ignored_contacts():
            return ImportStory(
                outcome=Kind.SKIPPED,
                reason=Reason.IGNORED,
                message=wording.ignored_contact(),
                sonis_ids=found.sonis_ids,
            )
        case ImportConflict():
            return ImportStory(
                outcome=Kind.CONFLICT,
                reason=found.reason,
                message=wording.import_conflict(found),
                sonis_ids=found.sonis_ids,
            )


def _carrying(sonis: Sonis, contact: Contact, carries: str) -> ImportStory:
    if any(True for _person in sonis.identities_by_id([carries])):
        message = f"It carries the SONIS ID {carries}: an import leaves it alone, and an export keeps it in agreement."
        return ImportStory(outcome=None, reason="", message=message, sonis_ids=(carries,))
    message = wording.orphan_id(contact.contact_id, carries)
    return ImportStory(outcome=None, reason=Reason.UNKNOWN_SONIS_ID, message=message)
