"""Who the web prospects of our imports became, where SONIS itself converted or removed them (rule 7.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sonisbridge.core.arrival import Arrival, Likeness, arrival_of, likenesses
from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.person import Identity, SonisId
from sonisbridge.core.prospect import WaitingProspect
from sonisbridge.sonis.database import Sonis
from sonisbridge.store import institutions
from sonisbridge.store.audit import record
from sonisbridge.store.ledger import Ledger, Remembered
from sonisbridge.store.models import Institution

from .sides import open_sonis


def recognised(sonis: Sonis, ledger: Ledger, waiting: list[WaitingProspect]) -> dict[ContactId, str]:
    """Contact id to SONIS ID of every import that became a person, as far as that is certain.

    Certain is what a web-prospect row says. Where the row is gone, it is the one person of that name and e-mail; people
    are read for that only when a row is gone.
    """
    gone = ledger.gone(waiting)
    if gone:
        for item, alike in _alike(gone, sonis.identities()):
            same = [person for person in alike if person.same]
            if len(same) == 1:
                ledger.became(item.contact_id, same[0].sonis_id)
    return ledger.recognise(waiting)


@dataclass(frozen=True, slots=True, kw_only=True)
class GoneProspect:
    """An import whose web prospect is gone from SONIS, and who it may have become."""

    contact_id: ContactId
    row_id: str
    arrival: Arrival | None
    candidates: tuple[Likeness, ...]


def gone(institution: Institution) -> list[GoneProspect]:
    """The imports whose web prospect is gone and of whom nobody is known to have come; a user decides about them."""
    sonis = open_sonis(institutions.connections_of(institution, {}, secrets=("sonis_url",)))
    ledger = Ledger(institution)
    try:
        waiting = list(sonis.waiting_prospects())
        recognised(sonis, ledger, waiting)
        found = list(_alike(ledger.gone(waiting), sonis.identities()))
    finally:
        sonis.close()
    return [
        GoneProspect(
            contact_id=item.contact_id,
            row_id=item.row_id,
            arrival=arrival_of(item.prospect) if item.prospect else None,
            candidates=alike,
        )
        for item, alike in found
    ]


def became(institution: Institution, contact_id: str, sonis_id: str, *, by: str) -> None:
    """Record a user's word that an import became this person; the next export links the contact.

    Raises WrongSettingsError when SONIS knows no such person or the contact was never imported.
    """
    sonis = open_sonis(institutions.connections_of(institution, {}, secrets=("sonis_url",)))
    try:
        known = [person.sonis_id for person in sonis.people_by_id([sonis_id])]
    finally:
        sonis.close()
    if not known:
        raise WrongSettingsError(f"SONIS knows nobody by the SONIS ID {sonis_id!r}.")
    if not contact_id.isdecimal() or not Ledger(institution).became(ContactId(contact_id), known[0]):
        raise WrongSettingsError(
            f"Contact {contact_id!r} was never imported: `sonisbridge prospects gone` lists those that were."
        )
    record(institution, by, "web prospect recognised", after={"contact": contact_id, "sonis_id": SonisId(known[0])})


def _alike(gone: list[Remembered], people: Iterable[Identity]) -> list[tuple[Remembered, tuple[Likeness, ...]]]:
    """Each import with the people who share its name or address."""
    arrivals = {item.row_id: arrival_of(item.prospect) for item in gone if item.prospect}
    found = likenesses(arrivals, people) if arrivals else {}
    return [(item, found.get(item.row_id, ())) for item in gone]
