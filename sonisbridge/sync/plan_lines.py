"""Stores the lines of a plan, and notes its conflicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import assert_never

from sonisbridge.core import wording
from sonisbridge.core.contact import EMAIL, Contact, ContactId
from sonisbridge.core.desired import DesiredContact
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.core.person import Identity, PersonRecord
from sonisbridge.core.plan import (
    ConflictLine,
    CreateContact,
    Line,
    SkipPerson,
    StillNotKept,
    Unchanged,
    UpdateContact,
)
from sonisbridge.store import conflicts
from sonisbridge.store.plans import NAME_LENGTH, NewLine, contact_mark, person_mark

from .estimates import Ways
from .matchmaking import Matchmaking
from .routes import importable
from .running import Running
from .sides import Sides

UNSHIELDED = (
    "A rename, a cleared field or an account link goes by a single call; automations in ActiveCampaign may react."
)
ORPHANS = "Contacts carry a SONIS ID that names nobody in SONIS (merged or deleted there)."


class PlanLines:
    """The lines of one plan, as they are made."""

    def __init__(self, sides: Sides, going: Running, matches: Matchmaking) -> None:
        self._sides = sides
        self._going = going
        self._matches = matches
        self._unshielded = 0
        self._ways = Ways()
        self._conflicts: list[conflicts.Found] = []

    def add(
        self,
        line: Line,
        person: PersonRecord | Identity,
        desired: DesiredContact | None = None,
        contact: Contact | None = None,
        *,
        how: str = "",
    ) -> None:
        """Add the line of a person; one of somebody who is unchanged is not stored (rule 8.1)."""
        name = f"{person.first_name} {person.last_name}".strip()
        match line:
            case Unchanged():
                return
            case CreateContact() | UpdateContact():
                assert desired is not None
                self._add_write(line, name[:NAME_LENGTH], desired, contact, how)
            case SkipPerson():
                text = wording.skipped(line.reason)
                self._add(line, name, Kind.SKIPPED, line.reason, text, line.contact_id)
            case StillNotKept():
                text = wording.not_kept(line.fields, self._sides.fields)
                self._add(line, name, Kind.NOT_KEPT, "", text, line.contact_id)
            case ConflictLine():
                self._add_conflict(line, name)
            case _:
                assert_never(line)

    def _add_write(
        self,
        line: CreateContact | UpdateContact,
        name: str,
        desired: DesiredContact,
        contact: Contact | None,
        how: str,
    ) -> None:
        if isinstance(line, CreateContact):
            row = NewLine(
                sonis_id=line.sonis_id, name=name, planned=Kind.CREATED, email=line.fields[EMAIL], how="created"
            )
            row.link_account = True
            row.change = {field_id: ["", value] for field_id, value in line.fields.items()}
        else:
            assert contact is not None
            row = NewLine(sonis_id=line.sonis_id, name=name, planned=Kind.UPDATED, email=line.email, how=how)
            row.link_account = line.link_account
            row.contact_id, row.contact_mark = int(line.contact_id), contact_mark(contact)
            row.change = {field_id: [item.before, item.after] for field_id, item in line.fields.items()}
            row.drift = [item.field_id for item in line.drift]
            self._going.run.drift += len(line.drift)
        row.person_mark = person_mark(desired)
        row.message = " ".join(line.notes)
        if not self._sides.policy.automations and not importable(row):
            self._unshielded += 1
        self._ways.add(row)
        self._going.plan.add(row)

    def _add_conflict(self, line: ConflictLine, name: str) -> None:
        found = line.conflict
        message = wording.conflict(found, self._matches.name)
        contact_id = found.contact_ids[0] if found.contact_ids else None
        self._add(line, name, Kind.CONFLICT, found.reason, message, contact_id)
        self._conflicts.append(
            conflicts.Found(
                reason=found.reason,
                sonis_id=line.sonis_id,
                contact_ids=found.contact_ids,
                proposed=found.proposed,
                message=message,
                name=name,
            )
        )

    def _add(self, line: Line, name: str, kind: Kind, reason: str, message: str, contact_id: ContactId | None) -> None:
        self._going.plan.add(
            NewLine(
                sonis_id=line.sonis_id,
                contact_id=int(contact_id) if contact_id else None,
                name=name[:NAME_LENGTH],
                planned=kind,
                outcome=kind,
                reason=str(reason),
                message=message,
            )
        )

    def finish(self, *, whole: bool, sonis_ids: frozenset[str]) -> None:
        """Store what waits, warnings of what was added, and the list of conflicts of all or of these people."""
        self._going.plan.flush()
        self._going.run.ways = self._ways.document()
        orphans = list(self._orphans())
        warnings = Counter({UNSHIELDED: self._unshielded, ORPHANS: len(orphans)})
        self._going.run.warnings.update(+warnings)
        conflicts.note(self._going.run, [*self._conflicts, *orphans], whole=whole, sonis_ids=sonis_ids)

    def _orphans(self) -> Iterator[conflicts.Found]:
        """Contacts whose SONIS_ID names nobody: they wait for a user although they are nobody's outcome (rule 5.4)."""
        ignored = self._sides.links.ignored_contacts()
        for head in self._matches.orphans():
            if head.contact_id not in ignored:
                yield conflicts.Found(
                    reason=Reason.UNKNOWN_SONIS_ID,
                    sonis_id="",
                    contact_ids=(head.contact_id,),
                    message=wording.orphan(head),
                    name=f"{head.first_name} {head.last_name}".strip(),
                )
