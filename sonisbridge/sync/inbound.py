"""The import, ActiveCampaign to SONIS, top to bottom: read, decide, write down, write, record (rule 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sonisbridge.core import wording
from sonisbridge.core.candidates import Decision, Import, ImportConflict, LeaveOut
from sonisbridge.core.contact import EMAIL, FIRST_NAME, LAST_NAME, Contact, ContactId
from sonisbridge.core.errors import SkipRecordError
from sonisbridge.core.outcome import Kind, Reason
from sonisbridge.core.prospect import NewProspect, new_prospect
from sonisbridge.store import conflicts, runs
from sonisbridge.store.models import Institution, PlanLine, Run
from sonisbridge.store.plans import NAME_LENGTH, save_outcomes
from sonisbridge.store.runs import INBOUND, Start

from .looked_at import Decide, LookedAt, looked_at, naming
from .pair import refuse_restored
from .running import Carrier, Report, Running, lease, running, silent
from .sides import Sides, opened


def import_contacts(
    institution: Institution,
    *,
    started_by: str,
    preview: bool = False,
    reconcile: bool = False,
    report: Report = silent,
) -> Run:
    """Run an import and give its record, ended. Raises StopRunError or WrongSettingsError when it could not run."""
    run = runs.begin(institution, start_of(started_by=started_by, preview=preview, reconcile=reconcile), lease=lease())
    return carry_import(run, Carrier(report=report))


def start_of(*, started_by: str, preview: bool = False, reconcile: bool = False, contacts: Sequence[int] = ()) -> Start:
    """What is stored with an import that is to run. `contacts`: only these are looked at."""
    return Start(kind=INBOUND, started_by=started_by, preview=preview, reconcile=reconcile, filters=naming(contacts))


def carry_import(run: Run, carrier: Carrier) -> Run:
    """Carry out an import that was taken up, as its record says. Raises as `import_contacts` does."""
    with running(run, carrier) as going, opened(run.institution, going) as sides:
        importing = Importing(sides, going, looked_at(sides, going))
        importing.plan()
        if not run.preview:
            refuse_restored(run.institution)
            importing.write()
        going.count_up()
    return going.run


class Importing:
    """One import going on."""

    def __init__(self, sides: Sides, going: Running, those: LookedAt) -> None:
        self._sides = sides
        self._going = going
        self._those = those
        self._conflicts: list[conflicts.Found] = []
        self._ignored = sides.links.ignored_contacts()
        self._decide: Decide

    def plan(self) -> None:
        """Decide about every contact without a SONIS_ID that is looked at, and store a line for each."""
        self._going.progress("Looking for new contacts")
        run = self._going.run
        self._decide = self._those.deciding()
        read = 0
        for contact in self._those.contacts():
            read += 1
            self._going.plan.add(self._line(contact, self._decide(contact)))
            if read % 500 == 0:
                self._going.progress("Looking for new contacts", read)
        self._going.plan.flush()
        run.counts = {"read": read}
        run.planned_at = run.started_at
        run.save(update_fields=["counts", "planned_at"])
        conflicts.note(run, self._conflicts, whole=self._those.whole)

    def _line(self, contact: Contact, found: Decision) -> PlanLine:
        name = f"{contact.value(FIRST_NAME)} {contact.value(LAST_NAME)}".strip()[:NAME_LENGTH]
        line = PlanLine(contact_id=int(contact.contact_id), name=name, email=contact.value(EMAIL))
        match found:
            case Import():
                line.planned = Kind.CREATED
                line.message = wording.possible_duplicates(found.possible_duplicates)
            case LeaveOut():
                line.planned = line.outcome = Kind.SKIPPED
                line.reason, line.sonis_id = found.reason, found.sonis_id
                line.message = wording.left_out(found)
            case ImportConflict() if contact.contact_id in self._ignored:
                line.planned = line.outcome = Kind.SKIPPED
                line.reason, line.message = Reason.IGNORED, wording.ignored_contact()
            case ImportConflict():
                line.planned = line.outcome = Kind.CONFLICT
                line.reason, line.message = found.reason, wording.import_conflict(found)
                self._conflicts.append(
                    conflicts.Found(
                        reason=found.reason,
                        sonis_id="",
                        contact_ids=(contact.contact_id,),
                        message=line.message,
                        name=f"{contact.value(FIRST_NAME)} {contact.value(LAST_NAME)}".strip(),
                    )
                )
        return line

    def write(self) -> None:
        """Make a web prospect, or in direct mode a person, of each contact that is to be imported."""
        total = self._going.plan.sizes().get(Kind.CREATED, 0)
        done = 0
        for lines in self._going.plan.writes():
            found = self._read_again([ContactId(str(line.contact_id)) for line in lines])
            self._decide = self._those.deciding(found.values())
            for line in lines:
                self._going.check()
                contact = found.get(ContactId(str(line.contact_id)))
                if contact is None:
                    line.outcome, line.reason = Kind.SKIPPED, Reason.DELETED
                    line.message = wording.deleted_contact()
                elif not self._left_out_by_now(line, contact):
                    self._write_one(line, contact)
                save_outcomes([line])
                done += 1
                self._going.progress("Importing", done, total)

    def _left_out_by_now(self, line: PlanLine, contact: Contact) -> bool:
        """Whether the contact, read again, is none to import: unsubscribed since the mirror saw it, for one."""
        if contact.value(self._sides.sonis_id_field).strip():
            line.outcome, line.reason = Kind.SKIPPED, Reason.CHANGED_SINCE_PLAN
            line.message = wording.skipped(Reason.CHANGED_SINCE_PLAN)
            return True
        now = self._line(contact, self._decide(contact))
        line.outcome, line.reason, line.message, line.sonis_id = now.outcome, now.reason, now.message, now.sonis_id
        return bool(now.outcome)

    def _read_again(self, ids: list[ContactId]) -> dict[ContactId, Contact]:
        """The contacts as they are this moment: one that is gone since the last full scan is nobody to import."""
        found: dict[ContactId, Contact] = {}
        for start in range(0, len(ids), 100):
            contacts = self._sides.activecampaign.contacts_by_ids(ids[start : start + 100])
            found.update((contact.contact_id, contact) for contact in contacts)
        self._sides.mirror.forget(set(ids) - set(found))
        return found

    def _write_one(self, line: PlanLine, contact: Contact) -> None:
        sides = self._sides
        try:
            prospect = new_prospect(contact, sides.field_mapping, sides.fields, sides.codes, sides.policy)
            row_id = sides.ledger.intend(prospect, self._going.run)
            made = self._into_sonis(prospect)
        except SkipRecordError as error:
            line.outcome, line.reason, line.message = (
                Kind.FAILED,
                Reason.REFUSED,
                f"Not imported: {error}",
            )
            return
        if made is None:
            sides.ledger.written(contact.contact_id)
            line.outcome, line.reason = Kind.SKIPPED, Reason.ALREADY_WAITING
            line.message = wording.already_waiting(row_id)
            return
        row_id, sonis_id = made.row_id or row_id, made.sonis_id
        sides.ledger.written(contact.contact_id, sonis_id=sonis_id, row_id=row_id)
        who = f"{contact.value(FIRST_NAME)} {contact.value(LAST_NAME)}, {contact.value(EMAIL)}"
        line.outcome, line.sonis_id = Kind.CREATED, sonis_id
        duplicates = line.message
        line.message = wording.imported(row_id, sonis_id, who, tuple(prospect.left_over))
        line.message = f"{line.message} {duplicates}".strip()

    def _into_sonis(self, prospect: NewProspect) -> _Made | None:
        """What was made of the contact; None when its row stood there already."""
        if self._sides.policy.import_mode == "direct":
            return _Made(sonis_id=self._sides.sonis.add_person(prospect))
        row_id = self._sides.sonis.add_prospect(prospect)
        return None if row_id is None else _Made(row_id=row_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A web prospect that waits now, or with a SONIS ID a person."""

    row_id: str = ""
    sonis_id: str = ""
