"""Which contacts an import looks at, and against whom: every one against everybody, or a few against who resembles them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from sonisbridge.core.candidates import Decision, Roster, decide
from sonisbridge.core.contact import EMAIL, FIRST_NAME, LAST_NAME, Contact, ContactId
from sonisbridge.core.person import SonisId
from sonisbridge.core.policy import Policy
from sonisbridge.core.values import email_key, name_key
from sonisbridge.sonis.database import Sonis
from sonisbridge.store.ledger import Ledger
from sonisbridge.store.links import Links
from sonisbridge.store.models import Run

from . import mirror, recognition
from .neighbourhood import became
from .running import Running
from .sides import Sides

Decide = Callable[[Contact], Decision]
AT_ONCE = 100
"""So many contacts are read by one request."""


class LookedAt(Protocol):
    """What one import looks at."""

    whole: bool
    """Whether these are all contacts that there are."""

    def contacts(self) -> Iterator[Contact]:
        """The contacts without a SONIS_ID, in the order of their ids."""

    def deciding(self, contacts: Iterable[Contact] | None = None) -> Decide:
        """What says what becomes of each of these contacts; None: of those that `contacts` gave."""


def looked_at(sides: Sides, going: Running) -> LookedAt:
    """What the run is to look at: all contacts, read afresh, or those that it names."""
    named = named_in(going.run)
    return Named(sides, going, named) if named else Everything(sides, going)


def named_in(run: Run) -> list[ContactId]:
    """The contacts that an import was told to look at; empty: at all of them."""
    return [ContactId(str(one)) for one in run.filters.get("contacts", ())]


def naming(contact_ids: Sequence[int]) -> dict[str, object]:
    """What is stored with an import of these contacts alone."""
    return {"contacts": list(contact_ids)} if contact_ids else {}


class Everything:
    """Every contact, as the mirror has it after it was refreshed, against everybody in SONIS."""

    whole = True

    def __init__(self, sides: Sides, going: Running) -> None:
        self._sides = sides
        mirror.refresh(sides, going, full=going.run.reconcile)
        going.progress("Looking for new contacts")
        waiting = list(sides.sonis.waiting_prospects())
        converted = recognition.recognised(sides.sonis, sides.ledger, waiting)
        linked = {contact_id: sonis_id for sonis_id, contact_id in sides.links.all().items()}
        linked.update({contact_id: SonisId(sonis_id) for contact_id, sonis_id in converted.items()})
        self._decide = partial(
            decide,
            roster=Roster(sides.sonis.identities(), waiting),
            policy=sides.policy,
            imported=sides.ledger.imported(),
            linked=linked,
            not_same=sides.links.not_same(),
        )

    def contacts(self) -> Iterator[Contact]:
        """Those of the mirror that carry no SONIS_ID."""
        return self._sides.mirror.without(self._sides.sonis_id_field)

    def deciding(self, contacts: Iterable[Contact] | None = None) -> Decide:  # noqa: ARG002 (they are all known)
        """The same for whichever contacts."""
        return self._decide


class Named:
    """A few contacts, read now and not from the mirror, against those in SONIS who have their address or their name."""

    whole = False

    def __init__(self, sides: Sides, going: Running, ids: Sequence[ContactId]) -> None:
        self._sides = sides
        self._found: list[Contact] = []
        for start in range(0, len(ids), AT_ONCE):
            going.progress("Reading contacts", start, len(ids))
            self._found += sides.activecampaign.contacts_by_ids(ids[start : start + AT_ONCE])
        self._keep(ids)

    def _keep(self, ids: Sequence[ContactId]) -> None:
        """Put what was read into the mirror, but nothing beyond its end: a scan goes on from there (rule 4.1)."""
        stored, highest = self._sides.mirror, self._sides.mirror.highest_id()
        for contact in self._found:
            if highest is not None and int(contact.contact_id) <= int(highest):
                stored.save_one(contact)
        stored.forget(set(ids) - {contact.contact_id for contact in self._found})

    def contacts(self) -> Iterator[Contact]:
        """Those that are there and carry no SONIS_ID."""
        field_id = self._sides.sonis_id_field
        return (contact for contact in self._found if not contact.value(field_id).strip())

    def deciding(self, contacts: Iterable[Contact] | None = None) -> Decide:
        """What says what becomes of these, from the people and web prospects that may be theirs."""
        sides = self._sides
        ours = Ours(policy=sides.policy, links=sides.links, ledger=sides.ledger)
        return deciding_among(sides.sonis, ours, list(self._found if contacts is None else contacts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """What the bridge itself knows of an institution's contacts."""

    policy: Policy
    links: Links
    ledger: Ledger


def deciding_among(sonis: Sonis, ours: Ours, contacts: Sequence[Contact]) -> Decide:
    """What says what an import does with these contacts: as it would against everybody, reading only who may matter."""
    ids = [contact.contact_id for contact in contacts]
    emails = {email_key(contact.value(EMAIL)) for contact in contacts}
    names = {name_key(contact.value(FIRST_NAME), contact.value(LAST_NAME)) for contact in contacts}
    alike = sonis.ids_with_email(emails - {""}) | sonis.ids_named(names - {""})
    waiting = list(sonis.waiting_prospects())
    standing = {prospect.row_id for prospect in waiting}
    rows = [row for row in ours.ledger.among(contact_ids=ids) if row.written or row.row_id in standing]
    links = ours.links.among(contact_ids=ids)
    linked = {ContactId(str(row.contact_id)): SonisId(row.sonis_id) for row in links}
    linked |= {key: SonisId(sonis_id) for key, sonis_id in became(sonis, ours.ledger, (), ids).items()}
    return partial(
        decide,
        roster=Roster(sonis.identities_by_id(alike), waiting),
        policy=ours.policy,
        imported={ContactId(str(row.contact_id)): row.row_id for row in rows},
        linked=linked,
        not_same=ours.links.not_same(),
    )
