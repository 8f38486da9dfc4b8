"""Brings the contact mirror up to date: by a full scan, or by what changed since the high-water mark (rule 4.1)."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial

from django.utils import timezone as clock

from sonisbridge.activecampaign.client import ContactsPage
from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import SkipRecordError, StopRunError
from sonisbridge.core.id_pages import IdPages
from sonisbridge.store import institutions

from .lanes import LANES, Call, Lanes
from .running import Running
from .sides import Sides

FULL_SCAN_EVERY = timedelta(hours=24)
CALIBRATE_EVERY = timedelta(hours=24)
OVERLAP = timedelta(minutes=5)
OVERLAP_AGAIN = timedelta(seconds=10)
"""The overlap of a second look within one run, just before its plan is applied."""
DAYS = timedelta(days=2)
"""The overlap where whole days are asked for: a day, and another because the day is one of the account's zone."""
INSTANT = timedelta(seconds=1)
"""What times of change are exact to."""


def refresh(sides: Sides, going: Running, *, full: bool = False, again: bool = False) -> None:
    """Make the mirror say what ActiveCampaign says. A scan that breaks off changes no mark and forgets nobody.

    `again` says that this run has refreshed it before, so that a short overlap is enough.
    """
    row = sides.institution
    due = row.scanned_at is None or clock.now() - row.scanned_at > FULL_SCAN_EVERY
    if full or due or row.mark is None:
        _scan_all(sides, going)
    else:
        _scan_changed(sides, going, row.mark, OVERLAP_AGAIN if again else OVERLAP)
    if row.calibrated_at is None or clock.now() - row.calibrated_at > CALIBRATE_EVERY:
        _calibrate(sides)


def _scan_all(sides: Sides, going: Running) -> None:
    row, began = sides.institution, _now_there(sides)
    _read_list_names(sides)
    _Scan(sides, going, "Reading contacts", scan=going.run.pk).read()
    sides.mirror.forget_unseen(going.run.pk)
    row.mark, row.scanned_at = began, clock.now()
    row.save(update_fields=["mark", "scanned_at"])


def _read_list_names(sides: Sides) -> None:
    """What the lists are called, for pages alone: no run fails for want of it."""
    with suppress(StopRunError, SkipRecordError):
        institutions.keep_lists(sides.institution, sides.activecampaign.lists())


def _scan_changed(sides: Sides, going: Running, mark: datetime, overlap: timedelta) -> None:
    """Read what changed, and what is new by its id: whether a fresh contact counts as changed is not documented."""
    row, began = sides.institution, _now_there(sides)
    highest = sides.mirror.highest_id()
    since = _as_moment(mark - overlap) if row.honours_time else (mark - DAYS).astimezone(UTC).date().isoformat()
    _Scan(sides, going, "Reading changed contacts", updated_after=since).read()
    _Scan(sides, going, "Reading new contacts").read(after=int(highest or 0))
    row.mark = max(began, mark)
    row.save(update_fields=["mark"])


def _now_there(sides: Sides) -> datetime:
    """The service's own time before a scan: what changes from now on may stand on a page that was read by then.

    A change is known by the time of the service, which need not be ours.
    """
    return sides.activecampaign.stats.served_at or clock.now()


class _Scan:
    """Pages of contacts on their way into the mirror, several at a time once there are many."""

    def __init__(
        self, sides: Sides, going: Running, step: str, *, updated_after: str | None = None, scan: int = 0
    ) -> None:
        self._sides, self._going, self._step, self._scan = sides, going, step, scan
        self._page = partial(sides.activecampaign.contacts_page, updated_after=updated_after)
        self._pages = IdPages()
        self._done = self._read = 0

    def read(self, *, after: int = 0) -> None:
        """Read and store every page."""
        self._pages = IdPages(after, highest=int(self._sides.mirror.highest_id() or 0))
        with Lanes() as lanes:
            while not self._pages.at_end:
                while (start := self._pages.next(at_once=min(1 + self._read // 4, LANES))) is not None:
                    lanes.start(Call(ask=partial(self._page, ContactId(str(start))), then=partial(self._store, start)))
                lanes.deal()

    def _store(self, start: int, page: ContactsPage) -> None:
        self._sides.mirror.save(page.contacts, scan=self._scan)
        self._sides.mirror.forget(page.deleted)
        self._pages.took(start, int(page.last_id) if page.last_id else None, full=page.full)
        self._read += 1
        self._done += len(page.contacts)
        self._going.progress(self._step, self._done)


def _calibrate(sides: Sides) -> None:
    """Find out whether `updated_after` looks at time and zone: a contact is listed a moment before its change, not after.

    Where none is known whose two moments are of one day the question stays open, and whole days are asked for.
    """
    row = sides.institution
    highest = sides.mirror.highest_id()
    contact = sides.mirror.contacts([highest]).get(highest) if highest else None
    changed = contact.updated if contact else None
    if contact is None or changed is None:
        return
    before, after = (changed - INSTANT).astimezone(UTC), (changed + INSTANT).astimezone(UTC)
    if before.date() != after.date():
        return
    honoured = _listed(sides, contact.contact_id, _as_moment(before)) and not _listed(
        sides, contact.contact_id, _as_moment(after)
    )
    row.honours_time, row.calibrated_at = honoured, clock.now()
    row.save(update_fields=["honours_time", "calibrated_at"])


def _listed(sides: Sides, contact_id: ContactId, updated_after: str) -> bool:
    before = ContactId(str(int(contact_id) - 1))
    page = sides.activecampaign.contacts_page(before, updated_after=updated_after, limit=1)
    return any(contact.contact_id == contact_id for contact in page.contacts)


def _as_moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")
