"""Conflicts that wait for a user, and what users decided (rule 5.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, QuerySet

from sonisbridge.core.errors import WrongSettingsError

from .audit import record
from .models import Decision, Institution, OpenConflict, Run

_CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A conflict that a run found."""

    reason: str
    sonis_id: str
    contact_ids: tuple[str, ...]
    message: str
    proposed: str | None = None
    name: str = ""
    """The person's name; the contact's where no one person is named."""


def note(run: Run, found: Iterable[Found], *, whole: bool, sonis_ids: frozenset[str] = frozenset()) -> None:
    """Keep what the run found; close what it looked at and found no more.

    `whole` says that the run looked at everybody; otherwise `sonis_ids` are the people that it looked at.
    """
    with transaction.atomic():
        mine = OpenConflict.objects.filter(institution=run.institution, kind=run.kind)
        known = {_key(row.reason, row.sonis_id, row.contact_ids): row for row in mine}
        fresh: list[OpenConflict] = []
        changed: list[OpenConflict] = []
        again: list[int] = []
        for item in found:
            row = known.pop(_key(item.reason, item.sonis_id, item.contact_ids), None)
            proposed, name = int(item.proposed) if item.proposed else None, item.name[:511]
            if row is None:
                fresh.append(_opened(run, item, proposed, name))
                continue
            again.append(row.pk)
            if (row.proposed, row.message, row.name) != (proposed, item.message, name):
                row.proposed, row.message, row.name = proposed, item.message, name
                changed.append(row)
        gone = [row.pk for row in known.values() if whole or row.sonis_id in sonis_ids]
        OpenConflict.objects.bulk_create(fresh, batch_size=_CHUNK)
        OpenConflict.objects.bulk_update(changed, ["proposed", "message", "name"], batch_size=200)
        for start in range(0, len(again), _CHUNK):
            OpenConflict.objects.filter(pk__in=again[start : start + _CHUNK]).update(last_run=run.pk)
        for start in range(0, len(gone), _CHUNK):
            OpenConflict.objects.filter(pk__in=gone[start : start + _CHUNK]).delete()


def _opened(run: Run, found: Found, proposed: int | None, name: str) -> OpenConflict:
    return OpenConflict(
        institution=run.institution,
        kind=run.kind,
        reason=found.reason,
        sonis_id=found.sonis_id,
        contact_ids=list(found.contact_ids),
        proposed=proposed,
        message=found.message,
        name=name,
        first_run=run.pk,
        last_run=run.pk,
    )


def _key(reason: str, sonis_id: str, contact_ids: Iterable[str]) -> tuple[str, str, tuple[str, ...]]:
    return reason, sonis_id, tuple(contact_ids)


def waiting(institution: Institution, *, reason: str = "") -> list[OpenConflict]:
    """The conflicts that wait, grouped by reason."""
    rows = OpenConflict.objects.filter(institution=institution).order_by("reason", "sonis_id", "pk")
    return list(rows.filter(reason=reason) if reason else rows)


def find(institution: Institution, conflict_id: int) -> OpenConflict:
    """The conflict of that number. Raises WrongSettingsError when none waits under it."""
    row = OpenConflict.objects.filter(institution=institution, pk=conflict_id).first()
    if row is None:
        raise WrongSettingsError(f"No conflict {conflict_id} waits: `sonisbridge conflicts list` shows those that do.")
    return row


def decide(
    conflict: OpenConflict, action: str, *, contact_id: int | None, by: str, sonis_ids: Iterable[str] = ()
) -> None:
    """Remember what a user said, and take the conflict off the list.

    `sonis_ids` are the people that it is about, where the conflict itself names no one person.
    """
    people = [conflict.sonis_id] if conflict.sonis_id or action == Decision.IGNORE else list(sonis_ids)
    with transaction.atomic():
        if action in {Decision.NOT_SAME, Decision.IGNORE}:
            Decision.objects.bulk_create(
                Decision(
                    institution=conflict.institution,
                    action=action,
                    sonis_id=sonis_id,
                    contact_id=contact_id,
                    reason=conflict.reason,
                    by=by,
                )
                for sonis_id in people
            )
        record(
            conflict.institution,
            by,
            f"conflict decided: {action}",
            before={
                "reason": conflict.reason,
                "sonis_id": conflict.sonis_id,
                "contacts": conflict.contact_ids,
            },
            after={"contact": contact_id, "sonis_ids": people},
        )
        conflict.delete()


def counts(institution: Institution) -> dict[str, int]:
    """How many conflicts wait, by reason."""
    rows = OpenConflict.objects.filter(institution=institution).values_list("reason").annotate(many=Count("pk"))
    return dict(rows.order_by("reason"))


def remembered(institution: Institution) -> QuerySet[Decision]:
    """What users said and did not take back: not the same, ignore. Links by decision are kept among the links."""
    return Decision.objects.filter(institution=institution)


def take_back(institution: Institution, decision_id: int, *, by: str) -> Decision:
    """Forget a decision; the next run looks afresh. Raises WrongSettingsError when there is none of that number."""
    with transaction.atomic():
        found = Decision.objects.filter(institution=institution, pk=decision_id).first()
        if found is None:
            raise WrongSettingsError("There is no such decision any more: somebody took it back.")
        found.delete()
        before = {
            "action": found.action, "sonis_id": found.sonis_id, "contact": found.contact_id, "reason": found.reason,
        }  # fmt: skip
        record(institution, by, "decision taken back", before=before)
    return found
