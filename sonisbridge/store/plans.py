"""Stored plans: a line a person or contact, written before anything is sent, its outcome at once after (rules 6.1, 8.1)."""

from __future__ import annotations

import hashlib
import json
import marshal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db import transaction
from django.db.models import Count, JSONField, Q

from sonisbridge.core import wording
from sonisbridge.core.contact import Contact, ContactId
from sonisbridge.core.desired import DesiredContact
from sonisbridge.core.outcome import Kind, Reason

from .models import Batch, DriftRecord, PlanLine, Run
from .rows import Insert, insert

_CHUNK, _AT_ONCE = 500, 2500
NAME_LENGTH = 255
"""The most of a name that a line keeps."""
WRITES = (Kind.CREATED, Kind.UPDATED)


@dataclass(slots=True, kw_only=True)
class NewLine:
    """A line that was just planned: what a PlanLine holds, made at a tenth of the price."""

    sonis_id: str
    planned: str
    contact_id: int | None = None
    name: str = ""
    change: dict[str, list[str]] = field(default_factory=dict)
    email: str = ""
    link_account: bool = False
    drift: list[str] = field(default_factory=list)
    how: str = ""
    person_mark: str = ""
    contact_mark: str = ""
    sent: bool = False
    outcome: str = ""
    reason: str = ""
    message: str = ""
    run_id: int = 0
    position: int = 0


class StoredPlan:
    """The lines of one run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._next = 0
        self._insert: Insert = insert
        self._waiting: list[PlanLine | NewLine] = []

    def add(self, line: PlanLine | NewLine) -> None:
        """Append a line; `flush` makes sure that it is stored."""
        line.run_id = self._run.pk
        line.position = self._next
        self._next += 1
        self._waiting.append(line)
        if len(self._waiting) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Store the lines that wait."""
        self._insert(PlanLine, _COLUMNS, [_values(line) for line in self._waiting])
        self._waiting = []

    @contextmanager
    def storing_with(self, inserter: Insert) -> Iterator[None]:
        """Have the lines stored by that meanwhile."""
        self._insert = inserter
        try:
            yield
        finally:
            self._insert = insert

    def drop(self) -> None:
        """Take back every line, stored or not."""
        self._waiting = []
        PlanLine.objects.filter(run=self._run).delete()

    def writes(self) -> Iterator[list[PlanLine]]:
        """The lines that are to be sent and have no outcome yet, in order, by hundreds."""
        last = -1
        while True:
            part = list(
                PlanLine.objects.filter(run=self._run, outcome="", planned__in=WRITES, position__gt=last).order_by(
                    "position"
                )[:_CHUNK]
            )
            if not part:
                return
            last = part[-1].position
            yield part

    def sizes(self) -> dict[str, int]:
        """How many lines of each planned kind there are."""
        rows = PlanLine.objects.filter(run=self._run).values_list("planned").annotate(many=Count("pk"))
        return dict(rows)

    def outcomes(self) -> dict[str, int]:
        """How many lines ended in each outcome; lines without one count as what is planned."""
        rows = PlanLine.objects.filter(run=self._run).values_list("outcome", "planned").annotate(many=Count("pk"))
        counts: dict[str, int] = {}
        for outcome, planned, many in rows:
            counts[outcome or planned] = counts.get(outcome or planned, 0) + many
        return counts

    def hold(self) -> None:
        """Give every line that would be sent the outcome `held`; `reopen` takes it back."""
        PlanLine.objects.filter(run=self._run, outcome="", planned__in=WRITES).update(outcome=Kind.HELD)

    def reopen(self) -> None:
        """Make the held lines of the plan lines to be sent."""
        PlanLine.objects.filter(run=self._run, outcome=Kind.HELD).update(outcome="")

    def close_open(self) -> None:
        """End the lines that have no outcome because their run ended: some were not reached, of some nobody knows."""
        rows = PlanLine.objects.filter(run=self._run, outcome="", planned__in=WRITES)
        rows.filter(sent=True).update(
            outcome=Kind.FAILED, reason=Reason.NO_ANSWER, message=wording.skipped(Reason.NO_ANSWER)
        )
        rows.filter(sent=False).update(
            outcome=Kind.SKIPPED, reason=Reason.NOT_REACHED, message=wording.skipped(Reason.NOT_REACHED)
        )

    def counts(self, read: int) -> dict[str, int]:
        """The outcomes of a run, disjoint, adding up to the people or contacts read; lines that agree are not stored."""
        found = self.outcomes()
        listed = {str(kind): found.get(kind, 0) for kind in Kind}
        listed["unchanged"] += read - sum(listed.values())
        return {"read": read, **listed}


_FIELDS = [item for item in PlanLine._meta.concrete_fields if not item.primary_key]
_COLUMNS = [item.column for item in _FIELDS]
_plain = attrgetter(*(item.attname for item in _FIELDS))
_EMPTY: dict[type, str] = {dict: "{}", list: "[]"}
_DOCUMENTS = [place for place, item in enumerate(_FIELDS) if isinstance(item, JSONField)]


def _values(line: PlanLine | NewLine) -> list[object]:
    values = list(_plain(line))
    for place in _DOCUMENTS:
        values[place] = json.dumps(values[place]) if values[place] else _EMPTY[type(values[place])]
    return values


def mark_sent(lines: Iterable[PlanLine]) -> None:
    """Write down that these lines may be sent from now on."""
    ids = [line.pk for line in lines]
    for start in range(0, len(ids), _CHUNK):
        PlanLine.objects.filter(pk__in=ids[start : start + _CHUNK]).update(sent=True)


def contact_made(line: PlanLine, contact_id: ContactId) -> None:
    """Write down at once which contact was made for a line: nobody could say so later, were the run to end here."""
    PlanLine.objects.filter(pk=line.pk).update(contact_id=int(contact_id))


def save_outcomes(lines: Iterable[PlanLine]) -> None:
    """Write outcome, reason, message and both ids of these lines."""
    PlanLine.objects.bulk_create(
        lines,
        update_conflicts=True,
        unique_fields=["run", "position"],
        update_fields=["sonis_id", "contact_id", "outcome", "reason", "message"],
        batch_size=_CHUNK,
    )


def person_mark(desired: DesiredContact) -> str:
    """A fingerprint of what SONIS says of a person, as far as it is exported."""
    return _mark([desired.email, desired.email2, sorted(desired.values.items())])


def contact_mark(contact: Contact) -> str:
    """A fingerprint of what a contact holds, as far as an export may change it."""
    return _mark([sorted(contact.fields.items()), contact.account_id])


def _mark(document: list[Any]) -> str:
    return hashlib.blake2b(marshal.dumps(document, 2), digest_size=16).hexdigest()


def outcomes(run: Run, *, kinds: Iterable[str] = (), search: str = "") -> Iterator[PlanLine]:
    """The lines of a run in order, streamed; of some outcomes, of one SONIS ID."""
    rows = PlanLine.objects.filter(run=run).order_by("position")
    wanted = list(kinds)
    if wanted:
        rows = rows.filter(Q(outcome__in=wanted) | Q(outcome="", planned__in=wanted))
    if search:
        rows = rows.filter(sonis_id=search)
    return rows.iterator(1000)


def copy_open_lines(run: Run, follower: Run) -> int:
    """Give the follower the lines of an interrupted plan of which nobody knows that they were sent; says how many."""
    open_ones = Q(outcome=Kind.HELD) | Q(reason__in=[Reason.NOT_REACHED, Reason.NO_ANSWER])
    rows = PlanLine.objects.filter(open_ones, run=run, planned__in=WRITES).order_by("position")
    plan, many = StoredPlan(follower), 0
    for line in rows.iterator(_CHUNK):
        line.pk, line.sent = None, False
        line.outcome = line.reason = line.message = ""
        line._state.adding = True
        plan.add(line)
        many += 1
    plan.flush()
    return many


def new_batch(run: Run, rows: int) -> Batch:
    """Write down that a batch is about to be sent."""
    with transaction.atomic():
        return Batch.objects.create(run=run, rows=rows)


def batch_posted(batch: Batch, batch_id: str) -> None:
    """The importer took the batch under that id."""
    batch.batch_id, batch.state = batch_id, "posted"
    batch.save(update_fields=["batch_id", "state"])


def batch_ended(batch: Batch, state: str) -> None:
    """The batch came to that end."""
    batch.state = state
    batch.save(update_fields=["state"])


def open_batches(run: Run) -> list[Batch]:
    """Batches of earlier runs of the institution whose end was never seen."""
    rows = Batch.objects.filter(run__institution=run.institution, state__in=["sending", "posted"])
    return list(rows.exclude(run=run).order_by("pk"))


def record_drift(lines: Iterable[PlanLine], at: datetime) -> None:
    """Keep the values that these lines overwrote though somebody had put them into ActiveCampaign (rule 6.9)."""
    DriftRecord.objects.bulk_create(
        DriftRecord(
            run_id=line.run_id, sonis_id=line.sonis_id, contact_id=line.contact_id or 0, field_id=field_id,
            theirs=line.change[field_id][0], ours=line.change[field_id][1], at=at,
        )
        for line in lines
        for field_id in line.drift
    )  # fmt: skip
