"""What the looks at SONIS keep: a hash for each person, and how far the looks are (rule 9.2).

A look has a number. Who goes on with one that was lost meanwhile, because another look began, keeps nothing.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet

from sonisbridge.core.errors import StopRunError

from .institutions import policy_of
from .models import Institution, Link, Run
from .near_models import SeenPerson, Watch

_CHUNK = 500
_LONGEST_PAUSE = 60
"""Minutes between looks that fail, where they are not further apart anyway."""


# How far the looks are


def of(institution: Institution) -> Watch:
    """The institution's record of looks."""
    return Watch.objects.get_or_create(institution=institution)[0]


def watched() -> QuerySet[Institution]:
    """The institutions that are watched: those that are connected and where that is chosen."""
    chosen = Institution.objects.filter(policy__watch_minutes__gt=0).order_by("pk")
    return chosen.exclude(sonis_url="").exclude(endpoint="").exclude(token="")


def due(now: datetime) -> list[Institution]:
    """Those of them whose next look is due, and for whom no look goes on and no export is under way."""
    return [row for row in watched() if _is_due(row, of(row), now)]


def lateness(institution: Institution, now: datetime) -> float:
    """For how many seconds its next look has been due; 0 when it is not."""
    return max((now - next_look(institution, of(institution), now)).total_seconds(), 0)


def next_look(institution: Institution, row: Watch, now: datetime) -> datetime:
    """When the next look is due: the further off, the more looks in a row did not end well."""
    minutes = policy_of(institution).watch_minutes
    if row.looked_at is None:
        return now
    pause = min(minutes * 2 ** min(row.failures, 6), max(minutes, _LONGEST_PAUSE))
    return row.looked_at + timedelta(minutes=pause)


def _is_due(institution: Institution, row: Watch, now: datetime) -> bool:
    looking = row.looking_until is not None and row.looking_until > now
    return row.run_id is None and not looking and next_look(institution, row, now) <= now


def begin(row: Watch, *, now: datetime, until: datetime) -> None:
    """Take a look on. Raises StopRunError when another goes on, or the export of what one found has not ended."""
    if row.run_id is not None:
        raise StopRunError(f"Run {row.run_id}, which exports what an earlier look found, has not ended: wait for it.")
    free = Q(looking_until=None) | Q(looking_until__lte=now)
    mine = Watch.objects.filter(free, pk=row.pk, run=None, number=row.number)
    if not mine.update(number=F("number") + 1, looked_at=now, looking_until=until):
        raise StopRunError("Another look at SONIS is going on for this institution: wait for its end.")
    row.refresh_from_db()


def renew(row: Watch, *, until: datetime) -> None:
    """Go on looking. Raises StopRunError when the look was lost."""
    if not Watch.objects.filter(pk=row.pk, number=row.number, run=None).update(looking_until=until):
        raise StopRunError("The look at SONIS was away for too long, and another one began.")


def end(row: Watch, *, source: str = "", run: Run | None = None) -> None:
    """End the look: with the SONIS that it read, and the export that was ordered. Raises StopRunError when it was lost."""
    values: dict[str, object] = {"looking_until": None, "run": run}
    if source:
        values["source"] = source
    if run is None:
        values |= {"failures": 0, "problem": ""}
    if not Watch.objects.filter(pk=row.pk, number=row.number, run=None).update(**values):
        raise StopRunError("The look at SONIS was away for too long, and another one began.")


def fail(row: Watch, problem: str) -> None:
    """End a look that did not come to its end; the next one is further off."""
    Watch.objects.filter(pk=row.pk, number=row.number).update(
        looking_until=None, failures=F("failures") + 1, problem=problem
    )


def give_back(row: Watch, *, before: datetime | None) -> None:
    """End a look as if it had not begun: the program stops."""
    Watch.objects.filter(pk=row.pk, number=row.number).update(looking_until=None, looked_at=before)


def under_way() -> QuerySet[Watch]:
    """Those for which an export was ordered."""
    return Watch.objects.exclude(run=None).select_related("institution", "run").order_by("pk")


def settle(row: Watch, *, good: bool, problem: str) -> None:
    """Keep the hashes of what was exported; else forget them, so that the next look finds the same people again."""
    with transaction.atomic():
        values = {"failures": 0, "problem": ""} if good else {"failures": F("failures") + 1, "problem": problem}
        if not Watch.objects.filter(pk=row.pk, run=row.run_id).update(run=None, **values):
            return
        marks = Marks(row.institution)
        marks.settle() if good else marks.drop_pending()


# The hashes


@dataclass(frozen=True, slots=True)
class _Held:
    key: int
    mark: str


class Marks:
    """The hashes of one institution's people, compared part by part so that no look holds them all."""

    def __init__(self, institution: Institution) -> None:
        self._institution = institution
        self._rows = SeenPerson.objects.filter(institution=institution)
        self._pending = self._rows.exclude(pending="")
        self._last: int = self._rows.aggregate(last=Max("pk"))["last"] or 0
        self._seen = array("q")

    def forget_all(self) -> None:
        """Start afresh: they are of another SONIS."""
        self._rows.delete()

    def drop_pending(self) -> None:
        """Forget what waited for an export that never came to its end."""
        self._pending.update(pending="")

    def settle(self) -> None:
        """Keep what waited for an export."""
        self._pending.update(mark=F("pending"), pending="")

    def changed(self, marks: Mapping[str, str]) -> list[str]:
        """Those of these people, SONIS ID to hash, who are new or not as they were."""
        rows = self._rows.filter(sonis_id__in=list(marks)).values_list("sonis_id", "pk", "mark")
        held = {sonis_id: _Held(key, mark) for sonis_id, key, mark in rows}
        self._seen.extend(one.key for one in held.values())
        return [one for one, mark in marks.items() if one not in held or held[one].mark != mark]

    def keep(self, marks: Mapping[str, str]) -> None:
        """Put these hashes in the place of those before."""
        self._put(marks, "mark")

    def await_export(self, marks: Mapping[str, str]) -> None:
        """Let these hashes wait for their export to end."""
        self._put(marks, "pending")

    def _put(self, marks: Mapping[str, str], column: str) -> None:
        SeenPerson.objects.bulk_create(
            (
                SeenPerson(institution=self._institution, sonis_id=sonis_id, **{column: mark})
                for sonis_id, mark in marks.items()
            ),
            update_conflicts=True,
            unique_fields=["institution", "sonis_id"],
            update_fields=[column],
            batch_size=_CHUNK,
        )

    def linked(self, sonis_ids: Iterable[str]) -> set[str]:
        """Those of these people who have a contact."""
        rows = Link.objects.filter(institution=self._institution, sonis_id__in=list(sonis_ids))
        return set(rows.values_list("sonis_id", flat=True))

    def forget_gone(self) -> None:
        """Forget whom a look that came to its end did not find in SONIS any more."""
        before, seen = self._rows.filter(pk__lte=self._last), set(self._seen)
        if before.count() == len(seen):
            return
        held = before.values_list("pk", flat=True).iterator(2000)
        gone = [key for key in held if key not in seen]
        for start in range(0, len(gone), _CHUNK):
            self._rows.filter(pk__in=gone[start : start + _CHUNK]).delete()
